package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.frontend.TestServer;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What came over gRPC and is no message is given back, also where messages stay in the buffers that they came in. Fuzzing found
/// that it was not.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UnreadableMessagesTest {
    private static final int CALLS = 24;
    private static final int BYTES = 1 << 19;

    @AutoClose
    private final TestServer server = new TestServer();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inference.GRPCInferenceService/ModelInfer",
                "inference.GRPCInferenceService/ModelStreamInfer",
                "inference.GRPCInferenceService/ModelMetadata",
                "tensorflow.serving.PredictionService/Predict",
                "tensorflow.serving.ModelService/GetModelStatus",
                "firstpass.v1.Prelabels/Prelabel"
            })
    void bytesThatAreNoMessage_areRefused_andGivenBack(String method) {
        byte[] noTag = new byte[BYTES];
        byte[] endOfAGroup = new byte[BYTES];
        Arrays.fill(endOfAGroup, (byte) 0x0C);
        byte[] withoutEnd = Arrays.copyOf(new byte[] {0x0A, -1, -1, -1, 0x07}, BYTES);
        refused(method, noTag);
        long before = used();
        for (int i = 0; i < CALLS / 3; i++) {
            refused(method, noTag);
            refused(method, endOfAGroup);
            refused(method, withoutEnd);
        }
        long grown = used() - before;
        // The pool grows by some MiB at a time.
        assertTrue(grown < (long) CALLS * BYTES * 2 / 3, () -> "grown by " + grown + " bytes");
    }

    private void refused(String method, byte[] message) {
        byte[] head = Frames.join(
                Frames.post("/" + method), Frames.block("content-type", "application/grpc", "te", "trailers"));

        Http2Exchange answer = Http2Exchange.of(server.port(), head, Http2Exchange.prefixed(message));

        assertEquals("3", answer.header("grpc-status"), answer::toString);
        assertEquals("ARGUMENT_INVALID", answer.header("firstpass-reason"), answer::toString);
    }

    private static long used() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
