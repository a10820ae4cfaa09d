package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.proto.inference.ModelStreamInferResponse;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.StreamAnswers;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.pipeline.TensorCall;
import dev.firstpass.server.runtime.device.Slab;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Streams of requests for tensors, over real sockets.
@Timeout(30)
final class InferenceStreamDoorTest {
    private static final int BYTES = 1000;

    private final TestServer server = new TestServer();
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final StreamAnswers<ModelStreamInferResponse> answers = new StreamAnswers<>();

    @AfterEach
    void everythingIsGivenBack() {
        server.close();
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    private StreamObserver<ModelInferRequest> open(Metadata headers) {
        return GrpcClients.builder("http://127.0.0.1:" + server.port())
                .responseTimeout(Duration.ofSeconds(20))
                .build(GRPCInferenceServiceGrpc.GRPCInferenceServiceStub.class)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .modelStreamInfer(answers);
    }

    private void answering() {
        server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), BYTES);
    }

    private static ModelInferRequest.Builder request(String id) {
        return ModelInferRequest.newBuilder()
                .setModelName("coco")
                .setId(id)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("UINT8")
                        .addShape(1))
                .addRawInputContents(ByteString.copyFrom(new byte[] {(byte) Integer.parseInt(id)}));
    }

    @Test
    void requests_areAnsweredInTheirOrder_moreThanAreWorkedOnAtATime() throws Exception {
        answering();
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        int count = 5 * Limits.STANDARD.streamConcurrency() + 3;
        for (int i = 0; i < count; i++) {
            requests.onNext(request(Integer.toString(i % 100)).build());
        }
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);
        assertEquals(count, answers.all.size());
        for (int i = 0; i < count; i++) {
            ModelStreamInferResponse answer = answers.all.get(i);
            assertEquals("", answer.getErrorMessage());
            assertEquals(Integer.toString(i % 100), answer.getInferResponse().getId());
            ByteString bytes = answer.getInferResponse().getRawOutputContents(0);
            assertEquals(BYTES, bytes.size());
            assertEquals(i % 100, bytes.byteAt(BYTES - 1));
            assertEquals(0, answer.getInferResponse().getParametersCount());
        }
    }

    /// The first is held up, the second fails at once, the third is malformed, the fourth is for pre-labels.
    @Test
    void failures_areToldInTheirTurn_andEndNothing() throws Exception {
        server.backend.tensors.hang();
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        requests.onNext(request("1").build());
        await(() -> server.backend.tensors.requests().size() == 1);
        server.backend.tensors.fail(Failure.of(Reason.VERSION_NOT_FOUND, "no such version"));
        requests.onNext(request("2").build());
        await(() -> server.backend.tensors.requests().size() == 2);
        requests.onNext(request("3").clearRawInputContents().build());
        requests.onNext(request("4").setModelName("coco.prelabels").build());
        requests.onNext(request("5").build());
        await(() -> server.backend.tensors.requests().size() == 3);
        assertEquals(0, answers.all.size());
        server.backend.tensors.calls().getFirst().cancel();
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);
        assertEquals(
                List.of("1", "2", "3", "4", "5"),
                answers.all.stream()
                        .map(answer -> answer.getInferResponse().getId())
                        .toList());
        assertEquals(
                List.of("CANCELLED", "VERSION_NOT_FOUND", "ARGUMENT_INVALID", "ARGUMENT_INVALID", "VERSION_NOT_FOUND"),
                answers.all.stream()
                        .map(answer -> answer.getErrorMessage().replaceFirst(":.*", ""))
                        .toList());
    }

    @Test
    void answer_saysThatItIsTheLast_whereItIsAskedTo() throws Exception {
        answering();
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        requests.onNext(request("1")
                .putParameters(
                        "triton_enable_empty_final_response",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build());
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);
        assertTrue(answers.all
                .getFirst()
                .getInferResponse()
                .getParametersOrThrow("triton_final_response")
                .getBoolParam());
    }

    private static ModelInferRequest.Builder classified(String id, long count) {
        return request(id)
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(count).build()));
    }

    /// Of more than an event loop looks through by itself, also where the answer after it is ready first.
    @Test
    void classesOfMuch_comeInTheirTurn() throws Exception {
        server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), 20_000);
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        for (int i = 0; i < 20; i++) {
            requests.onNext((i % 2 == 0 ? classified("7", 3) : request("8")).build());
        }
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);
        assertEquals(20, answers.all.size());
        for (int i = 0; i < 20; i++) {
            ModelInferResponse answer = answers.all.get(i).getInferResponse();
            assertEquals(i % 2 == 0 ? "7" : "8", answer.getId());
            assertEquals(
                    i % 2 == 0 ? List.of(3L) : List.of(20_000L),
                    answer.getOutputs(0).getShapeList());
            if (i % 2 == 0) {
                assertClasses(answer);
            }
        }
    }

    @Test
    void classesOfMuch_areThoseOfASingleRequestToo() {
        server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), 20_000);
        GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub single = GrpcClients.newClient(
                "gproto+http://127.0.0.1:" + server.port(),
                GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub.class);
        assertClasses(single.modelInfer(classified("7", 3).build()));
        ModelInferRequest none = classified("7", 0).build();
        StatusRuntimeException thrown = assertThrows(StatusRuntimeException.class, () -> single.modelInfer(none));
        assertEquals(Status.Code.INVALID_ARGUMENT, thrown.getStatus().getCode());
    }

    /// All elements are 7: the first are the greatest.
    private static void assertClasses(ModelInferResponse answer) {
        assertEquals("BYTES", answer.getOutputs(0).getDatatype());
        MemorySegment packed =
                MemorySegment.ofArray(answer.getRawOutputContents(0).toByteArray());
        assertEquals(List.of("7:0", "7:1", "7:2"), PackedStrings.text(packed, 3));
    }

    @Test
    void failure_endsTheStream_whereThatIsAskedFor() throws Exception {
        server.backend.tensors.fail(Failure.of(Reason.MODEL_NOT_FOUND, "no such model"));
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER), "true");
        StreamObserver<ModelInferRequest> requests = open(headers);
        requests.onNext(request("1").build());
        assertEquals(Status.Code.NOT_FOUND, answers.code());
        assertEquals(0, answers.all.size());
    }

    @Test
    void clientThatGoesAway_isNoLongerWorkedFor() throws Exception {
        server.backend.tensors.hang();
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        requests.onNext(request("1").build());
        requests.onNext(request("2").build());
        await(() -> server.backend.tensors.calls().size() == 2);
        ((ClientCallStreamObserver<ModelInferRequest>) requests).cancel("it is enough", null);
        for (TensorCall call : server.backend.tensors.calls()) {
            assertThrows(ExecutionException.class, () -> call.answer().get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void time_thatIsOver_isToldWithoutAnAnswer() throws Exception {
        server.backend.tensors.hang();
        StreamObserver<ModelInferRequest> requests = open(new Metadata());
        requests.onNext(request("1")
                .putParameters(
                        "timeout",
                        InferParameter.newBuilder().setInt64Param(50_000).build())
                .build());
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);
        assertTrue(answers.all.getFirst().getErrorMessage().startsWith("DEADLINE_EXCEEDED: "));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }
}
