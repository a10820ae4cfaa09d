package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.runtime.device.Slab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that send requests and never read, on real sockets, beside one that does.
@Timeout(30)
final class UnreadAnswersDoorTest {
    private static final String INFER = "/v2/models/coco/infer";
    private static final int RESULTS = 56 << 20;

    /// More than the sockets of a connection take by themselves.
    private static final int ANSWER = 8 << 20;

    private final Slab slab = new Slab(1 << 20, RESULTS);
    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void clientsThatNeverRead_doNotStopOthers_andGiveAllBack() throws Exception {
        try (TestServer server = server(Limits.STANDARD)) {
            for (int i = 0; i < 6; i++) {
                neverRead(server, 1);
            }
            await(() -> unread(server) >= 6 * ANSWER);
            for (int i = 0; i < 5; i++) {
                HttpResponse<byte[]> response = server.send(
                        HttpRequest.newBuilder(server.uri(INFER)).POST(HttpRequest.BodyPublishers.ofString(json(i))));
                assertEquals(200, response.statusCode(), () -> TestServer.text(response));
                assertValues(i, response);
            }
            assertEquals(ByteString.copyFrom(filled(7)), callOverGrpc(server, 7));
            await(() -> slab.results().lentBytes() <= RESULTS / 2);
            assertTrue(slab.results().lentBytes() > 0);
            closeAll();
            await(() -> unread(server) == 0);
            await(() -> slab.results().lentBytes() == 0);
        }
        slab.close();
    }

    @Test
    void clientThatReads_afterAPause_getsAllOfItsAnswers() throws Exception {
        try (TestServer server = server(Limits.STANDARD)) {
            Socket socket = neverRead(server, 3);
            await(() -> server.backend.tensors.requests().size() == 3);
            for (int i = 0; i < 3; i++) {
                String head = head(socket);
                assertTrue(head.startsWith("HTTP/1.1 200 "), head);
                byte[] body = socket.getInputStream().readNBytes(number(head, "content-length"));
                int json = number(head, "inference-header-content-length");
                assertEquals(ANSWER, body.length - json);
            }
            await(() -> unread(server) == 0);
            assertEquals(0, slab.results().lentBytes());
        }
        slab.close();
    }

    /// Over HTTP/2 requests go on coming while an answer is not read.
    @Test
    void connectionThatLeavesTooMuchUnread_isRefused() throws Exception {
        try (TestServer server = server(Limits.STANDARD.withUnread(ANSWER, Duration.ofSeconds(30)));
                WindowlessClient client = new WindowlessClient(server.port())) {
            WindowlessClient.Begun held = client.post(INFER, json(1));
            assertEquals(200, held.status());
            assertTrue(unread(server) >= ANSWER);
            assertEquals(ANSWER, slab.results().lentBytes());

            assertEquals(503, client.post(INFER, json(2)).status());
            assertEquals(429, client.post("/v1/models/coco/prelabels", json(2)).status());
            assertEquals(1, server.backend.tensors.requests().size(), "nothing was run for it");
            assertTrue(server.backend.requests.isEmpty(), "nor for the other door");

            held.reset();
            await(() -> unread(server) == 0);
            assertEquals(0, slab.results().lentBytes());
            assertEquals(200, client.post(INFER, json(3)).status());
        }
        slab.close();
    }

    @Test
    void connectionThatDoesNotReadInTime_isClosed() throws Exception {
        try (TestServer server = server(Limits.STANDARD.withUnread(64 << 20, Duration.ofMillis(1)));
                WindowlessClient client = new WindowlessClient(server.port())) {
            server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), 1 << 10);
            assertEquals(200, client.post(INFER, json(1)).status());
            client.awaitClosed();
            await(() -> unread(server) == 0);
            assertEquals(0, slab.results().lentBytes());
        }
        slab.close();
    }

    private TestServer server(Limits limits) {
        TestServer server = new TestServer(limits);
        server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), ANSWER);
        return server;
    }

    /// Sends requests on a connection of its own, whose answers stay in the server but for a few KiB.
    private Socket neverRead(TestServer server, int requests) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        String body = json(1);
        String request = "POST " + INFER + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.repeat(requests).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String json(int value) {
        return "{\"parameters\":{\"binary_data_output\":true},\"inputs\":"
                + "[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"UINT8\",\"data\":[" + value + "]}]}";
    }

    private static ByteString callOverGrpc(TestServer server, int value) {
        return GrpcClients.builder("http://127.0.0.1:" + server.port())
                .responseTimeout(Duration.ofSeconds(20))
                .maxResponseLength(2 * ANSWER)
                .build(GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub.class)
                .modelInfer(ModelInferRequest.newBuilder()
                        .setModelName("coco")
                        .putParameters(
                                "timeout",
                                InferParameter.newBuilder()
                                        .setInt64Param(20_000_000)
                                        .build())
                        .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                                .setName("x")
                                .setDatatype("UINT8")
                                .addShape(1))
                        .addRawInputContents(ByteString.copyFrom(new byte[] {(byte) value}))
                        .build())
                .getRawOutputContents(0);
    }

    private static void assertValues(int value, HttpResponse<byte[]> response) {
        int json = Integer.parseInt(
                response.headers().firstValue("inference-header-content-length").orElseThrow());
        byte[] body = response.body();
        assertTrue(
                Arrays.equals(filled(value), Arrays.copyOfRange(body, json, body.length)),
                () -> "answer " + value + " has other bytes");
    }

    private static byte[] filled(int value) {
        byte[] all = new byte[ANSWER];
        Arrays.fill(all, (byte) value);
        return all;
    }

    private static long unread(TestServer server) {
        return (long) server.backend
                .metrics()
                .registry()
                .get("firstpass.answers.unread")
                .gauge()
                .value();
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static int number(String head, String header) {
        int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("\r\n" + header + ": ") + header.length() + 4;
        return Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }
}
