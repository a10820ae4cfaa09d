package dev.firstpass.server.frontend.grpc;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.ModelMetadataRequest;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.serving.GetModelStatusRequest;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.firstpass.server.frontend.TestServer;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What requests lie in, which the wire library gives back only where it is told to.
final class TensorGrpcTest {
    private static final int CALLS = 12;
    private static final int BYTES = 1 << 20;

    /// Long ones, so that it shows.
    @Test
    void memoryOfRequests_isGivenBack() {
        String text = "x".repeat(BYTES);
        ByteString bytes = ByteString.copyFrom(new byte[BYTES]);
        try (TestServer server = new TestServer()) {
            String uri = "gproto+" + server.uri("/");
            var inference = GrpcClients.newClient(uri, GRPCInferenceServiceBlockingStub.class);
            var predictions = GrpcClients.newClient(uri, PredictionServiceBlockingStub.class);
            var models = GrpcClients.newClient(uri, ModelServiceBlockingStub.class);
            List<Executable> calls = new ArrayList<>();
            ModelSpec spec = ModelSpec.newBuilder().setName(text).build();

            calls.add(() -> inference.modelMetadata(
                    ModelMetadataRequest.newBuilder().setName(text).build()));
            calls.add(() -> models.getModelStatus(
                    GetModelStatusRequest.newBuilder().setModelSpec(spec).build()));
            TensorProto tensor = TensorProto.newBuilder()
                    .setDtype(DataType.DT_UINT8)
                    .setTensorContent(bytes)
                    .build();
            calls.add(() -> predictions.predict(PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("none").setSignatureName("other"))
                    .putInputs("x", tensor)
                    .build()));
            calls.add(() -> predictions.predict(
                    PredictRequest.newBuilder().putInputs("x", tensor).build()));
            assertGivenBack(calls);
        }
    }

    /// The pool grows by some MiB at a time; what one method keeps is more.
    private static void assertGivenBack(List<Executable> calls) {
        refused(calls, 2);
        long before = used();
        refused(calls, CALLS);
        long grown = used() - before;
        assertTrue(grown < (long) CALLS * BYTES * 2 / 3, () -> "grown by " + grown + " bytes");
    }

    private static void refused(List<Executable> calls, int times) {
        for (int i = 0; i < times; i++) {
            calls.forEach(call -> assertThrows(StatusRuntimeException.class, call));
        }
    }

    private static long used() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
