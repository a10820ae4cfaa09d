package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// When deadlines begin, at each door, and whose holds.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RequestTimeTest {
    @AutoClose
    private final TestServer server = new TestServer();

    @Test
    void prelabels_beginsBeforeTheBodyCame() throws IOException {
        assertBeginsWithTheHead(
                "/v1/models/coco/prelabels?timeout=20s",
                "some bytes",
                () -> server.backend.requests.remove().deadline());
    }

    @Test
    void tensors_beginBeforeTheBodyCame() throws IOException {
        assertBeginsWithTheHead(
                "/v2/models/any/infer",
                "{\"parameters\":{\"timeout\":20000000},\"inputs\":"
                        + "[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"UINT8\",\"data\":[1]}]}",
                this::ofTensors);
    }

    private void assertBeginsWithTheHead(String path, String body, Supplier<Deadline> deadline) throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream()
                    .write(("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\nContent-Length: "
                                    + body.length()
                                    + "\r\nContent-Type: application/octet-stream\r\nExpect: 100-continue\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertEquals(100, RawHttp.read(in, true).status(), "it has read the head");
            long before = System.nanoTime();
            socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
            RawHttp.read(in, false);
            Deadline begun = deadline.get();
            assertTrue(begun.sinceNanos() - before < 0, "it begins when the head came");
            assertEquals(new TimeLimit(Duration.ofSeconds(20), true), begun.limit());
        }
    }

    /// The call's deadline or the request's `timeout`, whichever is sooner, is what the queue knows.
    @Test
    void tensorsOverGrpc_haveTheSoonerOfTheCallsDeadlineAndTheirTimeout() {
        assertEquals(
                new TimeLimit(Duration.ofSeconds(30), false), infer(stub(), 0).limit());
        Deadline ofCall = infer(stub().withDeadlineAfter(7, TimeUnit.SECONDS), 9_000_000);
        assertTrue(ofCall.isAsked());
        assertTrue(ofCall.limit().duration().compareTo(Duration.ofSeconds(7)) <= 0);
        assertTrue(infer(stub().withDeadlineAfter(7, TimeUnit.SECONDS), 0).isAsked());
        assertEquals(
                new TimeLimit(Duration.ofSeconds(6), true),
                infer(stub().withDeadlineAfter(70, TimeUnit.SECONDS), 6_000_000).limit());
    }

    private Deadline infer(GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub, long timeoutMicros) {
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName("any")
                .putParameters(
                        "timeout",
                        InferParameter.newBuilder().setInt64Param(timeoutMicros).build())
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("UINT8")
                        .addShape(1))
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .build();
        assertThrows(StatusRuntimeException.class, () -> stub.modelInfer(request), "there is no such model");
        return ofTensors();
    }

    private Deadline ofTensors() {
        return server.backend.tensors.requests().getLast().deadline();
    }

    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub() {
        return GrpcClients.builder("http://127.0.0.1:" + server.port())
                .responseTimeout(Duration.ZERO)
                .build(GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub.class);
    }
}
