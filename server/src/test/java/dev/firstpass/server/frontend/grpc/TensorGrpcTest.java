package dev.firstpass.server.frontend.grpc;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.ModelInferRequest;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What requests lie in, which the wire library gives back only where it is told to.
final class TensorGrpcTest {
    private static final int CALLS = 24;
    private static final int BYTES = 1 << 20;

    /// Of each method some, refused or not; long, so that it shows.
    @Test
    void memoryOfRequests_isGivenBack() {
        String text = "x".repeat(BYTES);
        ByteString bytes = ByteString.copyFrom(new byte[BYTES]);
        try (TestServer server = new TestServer()) {
            String uri = "gproto+" + server.uri("/");
            var inference = GrpcClients.newClient(uri, GRPCInferenceServiceBlockingStub.class);
            var predictions = GrpcClients.newClient(uri, PredictionServiceBlockingStub.class);
            var models = GrpcClients.newClient(uri, ModelServiceBlockingStub.class);
            ModelSpec spec = ModelSpec.newBuilder().setName(text).build();

            assertGivesBack(() -> inference.modelMetadata(
                    ModelMetadataRequest.newBuilder().setName(text).build()));
            assertGivesBack(() -> inference.modelInfer(ModelInferRequest.newBuilder()
                    .setModelName("none")
                    .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                            .setName("x")
                            .setDatatype("UINT8")
                            .addShape(BYTES))
                    .addRawInputContents(bytes)
                    .build()));
            assertGivesBack(() -> models.getModelStatus(
                    GetModelStatusRequest.newBuilder().setModelSpec(spec).build()));
            TensorProto tensor = TensorProto.newBuilder()
                    .setDtype(DataType.DT_UINT8)
                    .setTensorContent(bytes)
                    .build();
            assertGivesBack(() -> predictions.predict(PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("none"))
                    .putInputs("x", tensor)
                    .build()));
            assertGivesBack(() -> predictions.predict(PredictRequest.newBuilder()
                    .setModelSpec(ModelSpec.newBuilder().setName("none").setSignatureName("other"))
                    .putInputs("x", tensor)
                    .build()));
            assertGivesBack(() -> predictions.predict(
                    PredictRequest.newBuilder().putInputs("x", tensor).build()));
        }
    }

    private static void assertGivesBack(Executable call) {
        assertThrows(StatusRuntimeException.class, call);
        long before = used();
        for (int i = 0; i < CALLS; i++) {
            assertThrows(StatusRuntimeException.class, call);
        }
        long grown = used() - before;
        assertTrue(grown < (long) CALLS * BYTES / 2, () -> "grown by " + grown + " bytes");
    }

    private static long used() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
