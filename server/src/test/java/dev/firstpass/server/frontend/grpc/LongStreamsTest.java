package dev.firstpass.server.frontend.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelStreamInferResponse;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelStreamRequest;
import dev.firstpass.proto.v1.PrelabelStreamResponse;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.StreamAnswers;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.runtime.device.Slab;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Calls of many messages, which may take as long as they like: what of them ends none the less, and what does not.
@Timeout(60)
final class LongStreamsTest {
    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final Duration BODY_TIMEOUT = Duration.ofMillis(400);
    private static final Limits SHORT =
            Limits.STANDARD.withMaxBodyBytes(MAX_BODY_BYTES).withBodyTimeout(BODY_TIMEOUT);
    private static final String PRELABELS =
            "/" + PrelabelsGrpc.getPrelabelStreamMethod().getFullMethodName();
    private static final String TENSORS =
            "/" + GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName();

    private static <S extends AbstractStub<S>> S client(TestServer server, Class<S> kind, String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return GrpcClients.builder("http://127.0.0.1:" + server.port())
                .responseTimeout(Duration.ofSeconds(30))
                .build(kind)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static PrelabelStreamRequest prelabel(String id) {
        return PrelabelStreamRequest.newBuilder()
                .setId(id)
                .setRequest(PrelabelRequest.newBuilder().setModel("coco").setImage(ByteString.copyFromUtf8("image")))
                .build();
    }

    private static ModelInferRequest tensors(String id, int bytes) {
        return ModelInferRequest.newBuilder()
                .setModelName("coco")
                .setId(id)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("UINT8")
                        .addShape(bytes))
                .addRawInputContents(ByteString.copyFrom(new byte[bytes]))
                .build();
    }

    /// Longer than a body may take to come, and more than it may have.
    @Test
    void streamOfTensors_mayTakeLong_andHaveMuch() throws Exception {
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                TestServer server = new TestServer(SHORT)) {
            server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), 1000);
            StreamAnswers<ModelStreamInferResponse> answers = new StreamAnswers<>();
            StreamObserver<ModelInferRequest> requests = client(
                            server, GRPCInferenceServiceGrpc.GRPCInferenceServiceStub.class, "none")
                    .modelStreamInfer(answers);
            for (int i = 0; i < 8; i++) {
                requests.onNext(tensors(Integer.toString(i), MAX_BODY_BYTES / 2));
                ModelStreamInferResponse answer = answers.next();
                assertEquals("", answer.getErrorMessage());
                assertEquals(Integer.toString(i), answer.getInferResponse().getId());
                Thread.sleep(BODY_TIMEOUT.toMillis() / 4);
            }
            requests.onCompleted();
            assertTrue(answers.done.get(20, TimeUnit.SECONDS));
        }
    }

    /// Where nothing is begun, nothing ends.
    @Test
    void message_thatBeginsAndDoesNotEnd_endsItsCall() throws Exception {
        try (TestServer server = new TestServer(SHORT)) {
            for (String path : List.of(PRELABELS, TENSORS)) {
                HttpRequestWriter stalled = open(path);
                CompletableFuture<AggregatedHttpResponse> ended = send(server, stalled);
                stalled.write(part(50_000, 20_000));
                HttpRequestWriter idle = open(path);
                CompletableFuture<AggregatedHttpResponse> goesOn = send(server, idle);
                byte[] whole = bytes(path.equals(PRELABELS) ? prelabel("1") : tensors("1", 1));
                idle.write(HttpData.wrap(whole));

                AggregatedHttpResponse answer = ended.get(20, TimeUnit.SECONDS);
                assertEquals(
                        "REQUEST_TIMEOUT",
                        answer.headers()
                                .get("firstpass-reason", answer.trailers().get("firstpass-reason", "none")),
                        answer::toString);
                Thread.sleep(2 * BODY_TIMEOUT.toMillis());
                assertFalse(goesOn.isDone());
                idle.close();
                assertEquals("0", goesOn.get(20, TimeUnit.SECONDS).trailers().get("grpc-status", "none"));
            }
        }
    }

    /// Also where there is one message, and the call begins when it is there.
    @Test
    void onlyMessage_thatDoesNotEnd_endsItsCall() throws Exception {
        try (TestServer server = new TestServer(SHORT)) {
            for (String path : List.of(
                    "/" + PrelabelsGrpc.getPrelabelMethod().getFullMethodName(),
                    "/" + GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName(),
                    "/" + HealthGrpc.getCheckMethod().getFullMethodName(),
                    "/" + HealthGrpc.getWatchMethod().getFullMethodName())) {
                HttpRequestWriter stalled = open(path);
                CompletableFuture<AggregatedHttpResponse> ended = send(server, stalled);
                stalled.write(part(1000, 200));
                AggregatedHttpResponse answer = ended.get(20, TimeUnit.SECONDS);
                assertEquals("REQUEST_TIMEOUT", answer.headers().get("firstpass-reason", "none"), () -> path + answer);
            }
        }
    }

    @Test
    void token_thatIsRevoked_isNotTakenForFurtherMessages() throws Exception {
        try (TestServer server = TestServer.guarded()) {
            StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
            String token = server.backend.tokens.with(Scope.PRELABEL);
            StreamObserver<PrelabelStreamRequest> requests =
                    client(server, PrelabelsGrpc.PrelabelsStub.class, token).prelabelStream(answers);
            requests.onNext(prelabel("1"));
            assertTrue(answers.next().hasAnswer());
            server.backend.tokens.revoke(Tenant.LOCAL, "t0", "me");
            requests.onNext(prelabel("2"));
            assertEquals("UNAUTHENTICATED", answers.next().getFailure().getReason());
            requests.onCompleted();

            server.backend.tensors.fail(Failure.of(Reason.VERSION_NOT_FOUND, "no such version"));
            StreamAnswers<ModelStreamInferResponse> others = new StreamAnswers<>();
            String second = server.backend.tokens.with(Scope.PRELABEL, Scope.TENSORS);
            StreamObserver<ModelInferRequest> tensors = client(
                            server, GRPCInferenceServiceGrpc.GRPCInferenceServiceStub.class, second)
                    .modelStreamInfer(others);
            tensors.onNext(tensors("1", 1));
            assertTrue(others.next().getErrorMessage().startsWith("VERSION_NOT_FOUND"));
            server.backend.tokens.revoke(Tenant.LOCAL, "t0", "me");
            tensors.onNext(tensors("2", 1));
            assertTrue(others.next().getErrorMessage().startsWith("UNAUTHENTICATED"));
            assertEquals(1, server.backend.tensors.requests().size());
            tensors.onCompleted();
        }
    }

    /// One client has nothing to ask just then, and one waits for an answer, which it gets.
    @Test
    void serverThatGoesDown_endsStreams_withWhatHasComeAnswered() throws Exception {
        TestServer server = new TestServer();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goesDown = new CountDownLatch(1);
        server.backend.behaviour = request -> {
            if (request.assetId().isPresent()) {
                asked.countDown();
                try {
                    goesDown.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return FakeBackend.answer(request);
        };
        StreamAnswers<PrelabelStreamResponse> idle = new StreamAnswers<>();
        PrelabelsGrpc.PrelabelsStub prelabels = client(server, PrelabelsGrpc.PrelabelsStub.class, "none");
        prelabels.prelabelStream(idle).onNext(prelabel("1"));
        assertTrue(idle.next().hasAnswer());
        StreamAnswers<PrelabelStreamResponse> waiting = new StreamAnswers<>();
        PrelabelStreamRequest slow = prelabel("2").toBuilder()
                .setRequest(prelabel("2").getRequest().toBuilder().setAssetId("slow"))
                .build();
        prelabels.prelabelStream(waiting).onNext(slow);
        StreamAnswers<ModelStreamInferResponse> tensors = new StreamAnswers<>();
        server.backend.tensors.fail(Failure.of(Reason.VERSION_NOT_FOUND, "no such version"));
        client(server, GRPCInferenceServiceGrpc.GRPCInferenceServiceStub.class, "none")
                .modelStreamInfer(tensors)
                .onNext(tensors("3", 1));
        assertTrue(tensors.next().getErrorMessage().startsWith("VERSION_NOT_FOUND"));
        assertTrue(asked.await(20, TimeUnit.SECONDS));

        Thread closing = Thread.ofVirtual().start(server::close);
        for (StreamAnswers<?> one : List.of(idle, tensors)) {
            assertEquals(Status.Code.UNAVAILABLE, one.code());
        }
        assertFalse(waiting.done.isDone());
        goesDown.countDown();
        assertTrue(waiting.next().hasAnswer());
        assertEquals(Status.Code.UNAVAILABLE, waiting.code());
        closing.join();
        assertEquals(0, server.listeners.abandoned());
    }

    /// Nobody has to show anything for it, and nobody's body is waited for.
    @Test
    void callOfEverybody_takesNoLargeMessage() {
        try (TestServer server = new TestServer()) {
            HealthGrpc.HealthBlockingStub health = client(server, HealthGrpc.HealthBlockingStub.class, "none");
            HealthCheckRequest large =
                    HealthCheckRequest.newBuilder().setService("x".repeat(2000)).build();
            StatusRuntimeException thrown = assertThrows(StatusRuntimeException.class, () -> health.check(large));
            assertEquals(Status.Code.RESOURCE_EXHAUSTED, thrown.getStatus().getCode());
            StatusRuntimeException watched = assertThrows(
                    StatusRuntimeException.class, () -> health.watch(large).next());
            assertEquals(Status.Code.RESOURCE_EXHAUSTED, watched.getStatus().getCode());
        }
    }

    /// Nor does a look at which services there are hold up the end of a server.
    @Test
    void watchesAndReflection_areNotWaitedFor() throws InterruptedException {
        TestServer server = new TestServer();
        StreamAnswers<HealthCheckResponse> health = new StreamAnswers<>();
        client(server, HealthGrpc.HealthStub.class, "none").watch(HealthCheckRequest.getDefaultInstance(), health);
        assertEquals(ServingStatus.SERVING, health.next().getStatus());
        StreamAnswers<ServerReflectionResponse> services = new StreamAnswers<>();
        client(server, ServerReflectionGrpc.ServerReflectionStub.class, "none")
                .serverReflectionInfo(services)
                .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertTrue(services.next().hasListServicesResponse());
        server.close();
        assertEquals(0, server.listeners.abandoned());
    }

    @Test
    void manyWhoWatch_areAllTold() throws InterruptedException {
        try (TestServer server = new TestServer(SHORT)) {
            HealthGrpc.HealthStub health = client(server, HealthGrpc.HealthStub.class, "none");
            List<StreamAnswers<HealthCheckResponse>> all = new ArrayList<>();
            List<CancellableContext> contexts = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 40; i++) {
                    StreamAnswers<HealthCheckResponse> one = new StreamAnswers<>();
                    CancellableContext context = Context.current().withCancellation();
                    context.run(() -> health.watch(HealthCheckRequest.getDefaultInstance(), one));
                    contexts.add(context);
                    all.add(one);
                    assertEquals(ServingStatus.SERVING, one.next().getStatus());
                }
                Thread.sleep(3 * BODY_TIMEOUT.toMillis());
                server.backend.ready = false;
                for (StreamAnswers<HealthCheckResponse> one : all) {
                    assertEquals(ServingStatus.NOT_SERVING, one.next().getStatus());
                }
                server.backend.ready = true;
                for (StreamAnswers<HealthCheckResponse> one : all) {
                    assertEquals(ServingStatus.SERVING, one.next().getStatus());
                }
                // Whoever comes after nobody was there is told as well.
                contexts.forEach(CancellableContext::close);
                contexts.clear();
                all.clear();
                Thread.sleep(round * 1_200L);
            }
        }
    }

    private static HttpRequestWriter open(String path) {
        return HttpRequest.streaming(
                RequestHeaders.of(HttpMethod.POST, path, "content-type", "application/grpc+proto", "te", "trailers"));
    }

    private static CompletableFuture<AggregatedHttpResponse> send(TestServer server, HttpRequest request) {
        return WebClient.builder("h2c://127.0.0.1:" + server.port())
                .responseTimeout(Duration.ofSeconds(30))
                .build()
                .execute(request)
                .aggregate();
    }

    /// What stands before a message, and the beginning of it.
    private static HttpData part(int length, int there) {
        byte[] bytes = new byte[5 + there];
        bytes[1] = (byte) (length >> 24);
        bytes[2] = (byte) (length >> 16);
        bytes[3] = (byte) (length >> 8);
        bytes[4] = (byte) length;
        return HttpData.wrap(bytes);
    }

    private static byte[] bytes(MessageLite message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(0);
        out.writeInt(message.getSerializedSize());
        message.writeTo(out);
        return bytes.toByteArray();
    }
}
