package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.proto.tensorflow.SignatureDef;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.serving.ClassificationRequest;
import dev.firstpass.proto.tensorflow.serving.GetModelMetadataRequest;
import dev.firstpass.proto.tensorflow.serving.GetModelMetadataResponse;
import dev.firstpass.proto.tensorflow.serving.GetModelStatusRequest;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.proto.tensorflow.serving.ModelVersionStatus;
import dev.firstpass.proto.tensorflow.serving.MultiInferenceRequest;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.tensorflow.serving.PredictResponse;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.firstpass.proto.tensorflow.serving.RegressionRequest;
import dev.firstpass.proto.tensorflow.serving.ReloadConfigRequest;
import dev.firstpass.proto.tensorflow.serving.SignatureDefMap;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.TensorTarget;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TensorFlow Serving's door over gRPC.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TfServingGrpcDoorTest {
    private static final Metadata.Key<String> REASON =
            Metadata.Key.of("firstpass-reason", Metadata.ASCII_STRING_MARSHALLER);

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD.withMaxBodyBytes(1 << 18));

    private PredictionServiceBlockingStub predictions;
    private ModelServiceBlockingStub models;

    @BeforeAll
    void connect() {
        String uri = "gproto+" + server.uri("/");
        predictions = GrpcClients.newClient(uri, PredictionServiceBlockingStub.class);
        models = GrpcClients.newClient(uri, ModelServiceGrpc.ModelServiceBlockingStub.class);
    }

    @BeforeEach
    void serve() {
        DoubledModel.on(server);
    }

    private static ModelSpec.Builder coco() {
        return ModelSpec.newBuilder().setName("coco");
    }

    private static TensorProto.Builder rows() {
        return TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 2)
                .addFloatVal(1)
                .addFloatVal(2)
                .addFloatVal(3.5f)
                .addFloatVal(-4);
    }

    private static PredictRequest.Builder request() {
        return PredictRequest.newBuilder().setModelSpec(coco()).putInputs("x", rows().build());
    }

    private static void assertDoubled(PredictResponse response) {
        assertEquals(List.of(2f, 4f, 7f, -8f), response.getOutputsOrThrow("y").getFloatValList());
        assertEquals(List.of(0L, 1L), response.getOutputsOrThrow("n").getInt64ValList());
    }

    @Test
    void predict_givesAllOutputs_andSaysWhichVersionGaveThem() {
        PredictResponse response = predictions.predict(request().build());

        assertDoubled(response);
        assertEquals(
                coco().setVersion(Int64Value.of(2))
                        .setSignatureName("serving_default")
                        .build(),
                response.getModelSpec());
    }

    @Test
    void predict_takesContent_andFewerValuesThanTheShapeHas() {
        ByteBuffer content = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        content.putFloat(1).putFloat(2).putFloat(3.5f).putFloat(-4).flip();

        assertDoubled(predictions.predict(request()
                .putInputs(
                        "x",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 2)
                                .setTensorContent(ByteString.copyFrom(content))
                                .build())
                .build()));
        assertEquals(
                List.of(10f, 10f, 10f, 10f),
                predictions
                        .predict(request()
                                .putInputs(
                                        "x",
                                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 2)
                                                .addFloatVal(5)
                                                .build())
                                .build())
                        .getOutputsOrThrow("y")
                        .getFloatValList());
    }

    @Test
    void predict_givesTheOutputsWanted() {
        PredictResponse response =
                predictions.predict(request().addOutputFilter("n").build());

        assertEquals(List.of("n"), List.copyOf(response.getOutputsMap().keySet()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serving_default", "mine"})
    void signature_thatIsServed_isTaken(String name) {
        assertDoubled(predictions.predict(
                request().setModelSpec(coco().setSignatureName(name)).build()));
    }

    @Test
    void signature_thatIsNone_isAPreconditionThatFails() {
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> predictions.predict(
                        request().setModelSpec(coco().setSignatureName("other")).build()));

        assertEquals(Status.Code.FAILED_PRECONDITION, thrown.getStatus().getCode());
        assertEquals("ARGUMENT_INVALID", reason(thrown));
    }

    @Test
    void versionsAndLabels_areVersionsAndAliases() {
        predictions.predict(
                request().setModelSpec(coco().setVersion(Int64Value.of(2))).build());
        assertEquals(new TensorTarget(Tenant.LOCAL, "coco", "2"), target());
        predictions.predict(
                request().setModelSpec(coco().setVersionLabel("canary")).build());
        assertEquals(new TensorTarget(Tenant.LOCAL, "coco", "canary"), target());
    }

    private TensorTarget target() {
        return server.backend.tensors.requests().getLast().target();
    }

    @Test
    void metadata_isTheSignature() throws InvalidProtocolBufferException {
        GetModelMetadataResponse response = predictions.getModelMetadata(GetModelMetadataRequest.newBuilder()
                .setModelSpec(coco())
                .addMetadataField("signature_def")
                .build());

        assertEquals(2, response.getModelSpec().getVersion().getValue());
        SignatureDef signature = response.getMetadataOrThrow("signature_def")
                .unpack(SignatureDefMap.class)
                .getSignatureDefOrThrow("mine");
        assertEquals(DataType.DT_FLOAT, signature.getInputsOrThrow("x").getDtype());
        assertEquals(
                -1, signature.getInputsOrThrow("x").getTensorShape().getDim(0).getSize());
        assertEquals(DataType.DT_INT64, signature.getOutputsOrThrow("n").getDtype());
        assertEquals("tensorflow/serving/predict", signature.getMethodName());
    }

    @Test
    void status_listsVersions() {
        List<ModelVersionStatus> all = models.getModelStatus(
                        GetModelStatusRequest.newBuilder().setModelSpec(coco()).build())
                .getModelVersionStatusList();

        assertEquals(
                List.of(2L, 1L),
                all.stream().map(ModelVersionStatus::getVersion).toList());
        assertEquals(ModelVersionStatus.State.AVAILABLE, all.getFirst().getState());
        assertEquals(
                1,
                models.getModelStatus(GetModelStatusRequest.newBuilder()
                                .setModelSpec(coco().setVersionLabel("production"))
                                .build())
                        .getModelVersionStatusCount());
    }

    /// A call that must be refused.
    record Bad(String name, Status.Code code, Reason reason, Consumer<TfServingGrpcDoorTest> call) {
        static Bad predict(String name, PredictRequest.Builder request) {
            return predict(name, Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, request);
        }

        static Bad predict(String name, Status.Code code, Reason reason, PredictRequest.Builder request) {
            return new Bad(name, code, reason, test -> test.predictions.predict(request.build()));
        }

        static Bad input(String name, TensorProto.Builder tensor) {
            return predict(name, request().putInputs("x", tensor.build()));
        }

        static Bad notServed(String name, Consumer<TfServingGrpcDoorTest> call) {
            return new Bad(name, Status.Code.UNIMPLEMENTED, Reason.NOT_SUPPORTED, call);
        }

        static Bad metadata(String name, Status.Code code, Reason reason, GetModelMetadataRequest.Builder request) {
            return new Bad(name, code, reason, test -> test.predictions.getModelMetadata(request.build()));
        }

        static Bad status(String name, Status.Code code, Reason reason, GetModelStatusRequest.Builder request) {
            return new Bad(name, code, reason, test -> test.models.getModelStatus(request.build()));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static String reason(StatusRuntimeException thrown) {
        return String.valueOf(Objects.requireNonNull(thrown.getTrailers()).get(REASON));
    }

    static Stream<Bad> badCalls() {
        Status.Code invalid = Status.Code.INVALID_ARGUMENT;
        Status.Code notFound = Status.Code.NOT_FOUND;
        return Stream.of(
                Bad.predict("no model", request().clearModelSpec()),
                Bad.predict(
                        "a model without a name",
                        request().setModelSpec(ModelSpec.newBuilder().setSignatureName("mine"))),
                Bad.predict(
                        "a name that is none",
                        request()
                                .setModelSpec(ModelSpec.newBuilder().setName("coco@2"))
                                .putInputs("y", rows().build())),
                Bad.predict(
                        "version -1",
                        notFound,
                        Reason.VERSION_NOT_FOUND,
                        request().setModelSpec(coco().setVersion(Int64Value.of(-1)))),
                Bad.predict(
                        "the smallest version",
                        notFound,
                        Reason.VERSION_NOT_FOUND,
                        request().setModelSpec(coco().setVersion(Int64Value.of(Long.MIN_VALUE)))),
                Bad.predict("an empty label", request().setModelSpec(coco().setVersionLabel(""))),
                Bad.predict("a label of digits", request().setModelSpec(coco().setVersionLabel("2"))),
                Bad.predict("no inputs", request().clearInputs()),
                Bad.predict("another input", request().clearInputs().putInputs("z", rows().build())),
                Bad.predict("too many inputs", request().putInputs("z", rows().build())),
                Bad.predict("another output", request().addOutputFilter("z")),
                Bad.predict("an output twice", request().addOutputFilter("y").addOutputFilter("y")),
                Bad.input("no tensor", TensorProto.newBuilder()),
                Bad.input(
                        "another type",
                        TensorMessagesTest.tensor(DataType.DT_DOUBLE, 2, 2).addDoubleVal(1)),
                Bad.input("a resource", TensorMessagesTest.tensor(DataType.DT_RESOURCE, 2, 2)),
                Bad.input(
                        "another shape",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 3).addFloatVal(1)),
                Bad.input(
                        "no batch",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2).addFloatVal(1)),
                Bad.input("no rows", TensorMessagesTest.tensor(DataType.DT_FLOAT, 0, 2)),
                Bad.input(
                        "a negative axis",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, -2, -2).addFloatVal(1)),
                Bad.input(
                        "an overflowing shape",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, Long.MAX_VALUE, 2)
                                .addFloatVal(1)),
                Bad.input("too many values", rows().addFloatVal(5)),
                Bad.input(
                        "too little content",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 2)
                                .setTensorContent(ByteString.copyFrom(new byte[15]))),
                Bad.input(
                        "too much content",
                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 2, 2)
                                .setTensorContent(ByteString.copyFrom(new byte[1 << 16]))),
                Bad.predict(
                        "a shape beyond all memory",
                        Status.Code.RESOURCE_EXHAUSTED,
                        Reason.REQUEST_TOO_LARGE,
                        request()
                                .putInputs(
                                        "x",
                                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 1L << 30, 2)
                                                .addFloatVal(1)
                                                .build())),
                Bad.predict(
                        "shapes beyond a body together",
                        Status.Code.RESOURCE_EXHAUSTED,
                        Reason.REQUEST_TOO_LARGE,
                        request()
                                .putInputs(
                                        "x",
                                        TensorMessagesTest.tensor(DataType.DT_FLOAT, 1 << 15, 2)
                                                .build())
                                .putInputs("z", rows().build())),
                Bad.predict(
                        "a message that is too large",
                        Status.Code.RESOURCE_EXHAUSTED,
                        Reason.REQUEST_TOO_LARGE,
                        request()
                                .putInputs(
                                        "x",
                                        TensorProto.newBuilder()
                                                .setTensorContent(ByteString.copyFrom(new byte[1 << 19]))
                                                .build())),
                Bad.metadata(
                        "metadata of no model",
                        invalid,
                        Reason.ARGUMENT_INVALID,
                        GetModelMetadataRequest.newBuilder().addMetadataField("signature_def")),
                Bad.metadata(
                        "no field",
                        invalid,
                        Reason.ARGUMENT_INVALID,
                        GetModelMetadataRequest.newBuilder().setModelSpec(coco())),
                Bad.metadata(
                        "another field",
                        invalid,
                        Reason.ARGUMENT_INVALID,
                        GetModelMetadataRequest.newBuilder()
                                .setModelSpec(coco())
                                .addMetadataField("z")),
                Bad.status(
                        "the status of no model", invalid, Reason.ARGUMENT_INVALID, GetModelStatusRequest.newBuilder()),
                Bad.status(
                        "an unknown model",
                        notFound,
                        Reason.MODEL_NOT_FOUND,
                        GetModelStatusRequest.newBuilder()
                                .setModelSpec(ModelSpec.newBuilder().setName("none"))),
                Bad.status(
                        "an unknown version",
                        notFound,
                        Reason.VERSION_NOT_FOUND,
                        GetModelStatusRequest.newBuilder().setModelSpec(coco().setVersion(Int64Value.of(9)))),
                Bad.notServed(
                        "classify",
                        test -> test.predictions.classify(ClassificationRequest.newBuilder()
                                .setModelSpec(coco())
                                .build())),
                Bad.notServed("regress", test -> test.predictions.regress(RegressionRequest.getDefaultInstance())),
                Bad.notServed(
                        "multi-inference",
                        test -> test.predictions.multiInference(MultiInferenceRequest.getDefaultInstance())),
                Bad.notServed(
                        "reload",
                        test -> test.models.handleReloadConfigRequest(ReloadConfigRequest.getDefaultInstance())));
    }

    @ParameterizedTest
    @MethodSource("badCalls")
    void badCall_isRefused_andTheServerLives(Bad bad) {
        StatusRuntimeException thrown =
                assertThrows(StatusRuntimeException.class, () -> bad.call().accept(this));

        assertEquals(bad.code(), thrown.getStatus().getCode(), thrown::getMessage);
        assertEquals(bad.reason().name(), reason(thrown));
        assertFalse(String.valueOf(thrown.getMessage()).contains("Exception"));
        assertDoubled(predictions.predict(request().build()));
    }

    @ParameterizedTest
    @CsvSource({
        "OVERLOADED, UNAVAILABLE",
        "QUOTA_EXCEEDED, RESOURCE_EXHAUSTED",
        "DEADLINE_EXCEEDED, DEADLINE_EXCEEDED",
        "MODEL_NOT_FOUND, NOT_FOUND",
        "MODEL_FAILED, INTERNAL"
    })
    void failure_ofTheWalk_isToldAsTheProtocolDoes(Reason reason, Status.Code code) {
        server.backend.tensors.fail(
                reason == Reason.OVERLOADED ? Failure.overloaded("full") : Failure.of(reason, "why"));

        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> predictions.predict(request().build()));

        assertEquals(code, thrown.getStatus().getCode());
        assertEquals(reason.name(), reason(thrown));
    }
}
