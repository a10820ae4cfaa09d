package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.TensorCall;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the door for HTTP makes of requests before and after the walk.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OpenInferenceDoorTest {
    private static final String INFER = "/v2/models/any/infer";
    private static final String GOOD =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"UINT8\",\"data\":[1]}]}";

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD.withMaxBodyBytes(1 << 16));

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0", "x", "1.5", "", "99999999999", "200", "+"})
    void headerLength_thatIsNone_isRefused(String length) {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Inference-Header-Content-Length", length)
                .POST(HttpRequest.BodyPublishers.ofString(GOOD)));
        assertEquals(400, response.statusCode());
        assertEquals("ARGUMENT_INVALID", error(response));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 50})
    void headerLength_thatCutsTheJson_isRefused(int length) {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Inference-Header-Content-Length", Integer.toString(length))
                .POST(HttpRequest.BodyPublishers.ofString(GOOD)));
        assertEquals(400, response.statusCode());
        assertEquals("ARGUMENT_INVALID", error(response));
    }

    @Test
    void body_emptyCompressedOrTooLarge_isRefused() {
        assertEquals(
                400,
                server.send(HttpRequest.newBuilder(server.uri(INFER)).POST(HttpRequest.BodyPublishers.noBody()))
                        .statusCode());
        HttpResponse<byte[]> compressed = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString(GOOD)));
        assertEquals(400, compressed.statusCode(), "it is not");
        assertEquals("ARGUMENT_INVALID", error(compressed));
        HttpResponse<byte[]> large = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1 << 17])));
        assertEquals(413, large.statusCode());
        assertEquals("REQUEST_TOO_LARGE", error(large));
    }

    @ParameterizedTest
    @CsvSource({
        "OVERLOADED, 503",
        "DEADLINE_EXCEEDED, 503",
        "MODEL_NOT_READY, 503",
        "VERSION_NOT_FOUND, 404",
        "MODEL_FAILED, 500",
        "INPUT_QUARANTINED, 400"
    })
    void failure_ofTheWalk_isToldAsTheProtocolDoes(Reason reason, int status) {
        server.backend.tensors.fail(
                reason == Reason.OVERLOADED ? Failure.overloaded("full") : Failure.of(reason, "why"));
        HttpResponse<byte[]> response = server.post(INFER, "application/json", GOOD);
        assertEquals(status, response.statusCode());
        assertEquals(reason.name(), error(response));
        assertEquals(
                reason == Reason.OVERLOADED,
                response.headers().firstValue("retry-after").isPresent());
    }

    @Test
    void otherPathsAndMethods_sayTheirError() {
        assertEquals(404, server.get("/v2/nothing").statusCode());
        assertEquals("ROUTE_NOT_FOUND", error(server.get("/v2/nothing")));
        assertEquals(405, server.post("/v2/health/live", "application/json", "").statusCode());
        assertEquals("METHOD_NOT_ALLOWED", error(server.get(INFER)));
        for (String path : new String[] {
            "/v2/systemsharedmemory/unregister",
            "/v2/cudasharedmemory/unregister",
            "/v2/logging",
            "/v2/trace/setting",
            "/v2/models/any/trace/setting"
        }) {
            HttpResponse<byte[]> response = server.post(path, "application/json", "");
            assertEquals(501, response.statusCode(), path);
            assertEquals("NOT_SUPPORTED", error(response));
        }
        assertEquals("{\"model_stats\":[]}", TestServer.text(server.get("/v2/models/stats")));
        assertEquals(404, server.get("/v2/models/any/stats").statusCode());
        assertEquals(404, server.get("/v2/models/any/ready").statusCode());
    }

    @Test
    void client_thatGoesAway_isNoLongerWaitedFor() throws Exception {
        server.backend.tensors.hang();
        int before = server.backend.tensors.calls().size();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            send(socket);
            while (server.backend.tensors.calls().size() == before) {
                Thread.sleep(1);
            }
        }
        TensorCall call = server.backend.tensors.calls().getLast();
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> call.answer().get(20, TimeUnit.SECONDS));
        assertEquals(Reason.CANCELLED, Failures.of(thrown).reason());
    }

    @Test
    void time_thatIsOver_isToldWithoutAnAnswer() {
        server.backend.tensors.hang();
        HttpResponse<byte[]> response = server.post(
                INFER,
                "application/json",
                GOOD.replace("{\"inputs\"", "{\"parameters\":{\"timeout\":50000},\"inputs\""));
        assertEquals(503, response.statusCode());
        assertEquals("DEADLINE_EXCEEDED", error(response));
        TensorCall call = server.backend.tensors.calls().getLast();
        assertThrows(ExecutionException.class, () -> call.answer().get(20, TimeUnit.SECONDS));
    }

    private void send(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("POST " + INFER + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\nContent-Length: "
                                + GOOD.length() + "\r\n\r\n" + GOOD)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static String error(HttpResponse<byte[]> response) {
        JsonNode json = TestServer.json(response);
        assertTrue(json.get("error").isTextual());
        return json.get("code").textValue();
    }
}
