package dev.firstpass.server.frontend.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.proto.v1.Annotation;
import dev.firstpass.proto.v1.Box;
import dev.firstpass.proto.v1.Cache;
import dev.firstpass.proto.v1.Geometry;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.proto.v1.PrelabelStreamRequest;
import dev.firstpass.proto.v1.PrelabelStreamResponse;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.proto.v1.Prompt;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.StreamAnswers;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the gRPC door makes of calls, over real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrpcDoorTest {
    private static final ByteString IMAGE = ByteString.copyFrom(new byte[] {1, 2, 3});
    private static final int MAX_BODY_BYTES = 256 << 10;

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD.withMaxBodyBytes(MAX_BODY_BYTES));

    /// Clients made of gRPC's C core take an empty frame of data behind the headers for a broken stream.
    @Test
    void refusalBeforeGrpc_endsTheStreamWithItsHeaders() {
        var refusal = GrpcFailures.trailersOnly(Failure.of(Reason.UNAUTHENTICATED, "no credential"), "id");

        ResponseHeaders headers = refusal.split().headers().join();

        assertTrue(headers.isEndOfStream(), headers::toString);
        assertEquals("16", headers.get("grpc-status"));
    }

    @BeforeEach
    void forget() {
        server.backend.behaviour = FakeBackend::answer;
        server.backend.requests.clear();
    }

    private <T> T client(Class<T> stub) {
        return client(stub, server.port());
    }

    private static <T> T client(Class<T> stub, int port) {
        return GrpcClients.builder("http://127.0.0.1:" + port)
                .responseTimeout(Duration.ofSeconds(20))
                .build(stub);
    }

    private PrelabelsGrpc.PrelabelsBlockingStub prelabels() {
        return client(PrelabelsGrpc.PrelabelsBlockingStub.class);
    }

    private static PrelabelRequest.Builder request() {
        return PrelabelRequest.newBuilder().setModel("coco").setImage(IMAGE);
    }

    private static PrelabelRequest with(PrelabelOptions.Builder options) {
        return request().setOptions(options).build();
    }

    @Test
    void prelabel_answersWithStructure() {
        PrelabelResponse response =
                prelabels().prelabel(request().setAssetId("dog.jpg").build());

        assertEquals("coco", response.getModel().getName());
        assertEquals(2, response.getModel().getVersion());
        assertEquals("dog.jpg", response.getAsset().getId());
        assertEquals(40, response.getAsset().getWidth());
        Annotation dog = response.getAnnotations(0);
        Box box = Box.newBuilder().setX(10).setY(5).setWidth(20).setHeight(15).build();
        assertEquals("dog", dog.getLabel());
        assertEquals(0.75, dog.getScore());
        assertEquals(box, dog.getBox());
        assertEquals(box, dog.getBounds());
        assertEquals("BELOW_THRESHOLD", response.getDropped(0).getReason());
        assertEquals(3, response.getDropped(0).getCount());
        assertEquals(5_021_000, response.getTimes().getTotalNanos());
        assertEquals(Cache.CACHE_MISS, response.getCache());
        assertEquals(CacheUse.FULL, server.backend.requests.element().cache());
        assertFalse(response.hasFormatted());
    }

    @Test
    void prelabel_withCacheControlInItsMetadata_reachesThePipeline() {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("cache-control", Metadata.ASCII_STRING_MARSHALLER), "no-cache");
        var _ = prelabels()
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .prelabel(request().build());

        assertEquals(
                new CacheUse(false, true), server.backend.requests.element().cache());
    }

    @Test
    void prelabel_withFormat_hasTheBytesToo() {
        PrelabelResponse response = prelabels()
                .prelabel(
                        with(PrelabelOptions.newBuilder().setFormat("labelbox").putFormatOptions("globalKey", "k")));

        assertEquals("{\"bytes\":3}", response.getFormatted().getBody().toStringUtf8());
        assertEquals("application/json", response.getFormatted().getMediaType());
        assertEquals(Map.of("mask-to-polygon", 1), response.getFormatted().getConvertedMap());
        assertEquals(
                Map.of("globalKey", "k"),
                server.backend.requests.element().written().orElseThrow().options());
    }

    /// The message says all that was found, so nothing is written beside it.
    @Test
    void prelabel_withoutFormat_hasNothingWritten() {
        var _ = prelabels().prelabel(request().build());
        assertEquals(Optional.empty(), server.backend.requests.remove().written());

        var _ = prelabels().prelabel(with(PrelabelOptions.newBuilder().setFormat("firstpass")));
        assertEquals(
                Optional.of(new FormatChoice("firstpass", Map.of())),
                server.backend.requests.remove().written());
    }

    @Test
    void prelabel_withOptions_reachesThePipeline() {
        PrelabelOptions options = PrelabelOptions.newBuilder()
                .setGeometry(Geometry.GEOMETRY_POLYGON)
                .setThreshold(0)
                .addClasses("cat")
                .setMax(5)
                .setSimplify(2)
                .setTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(3))
                .build();
        Prompt clicks = Prompt.newBuilder()
                .setClicks(Prompt.Clicks.newBuilder()
                        .addClicks(Prompt.Click.newBuilder().setX(1).setY(2).setBackground(true)))
                .build();
        prelabels().prelabel(request().setOptions(options).setPrompt(clicks).build());

        dev.firstpass.server.pipeline.PrelabelRequest request = server.backend.requests.element();
        assertEquals(Optional.of(GeometryKind.POLYGON), request.labeling().geometry());
        assertEquals(Optional.of(0.0), request.labeling().threshold());
        assertEquals(Set.of("cat"), request.labeling().classes());
        assertEquals(5, request.labeling().max());
        assertEquals(Optional.of(2.0), request.labeling().outlining().simplify());
        assertEquals(
                new TimeLimit(Duration.ofSeconds(3), true), request.deadline().limit());
        assertTrue(request.prompt() instanceof dev.firstpass.postprocess.spec.Prompt.Points points
                && !points.clicks().getFirst().foreground());
    }

    @Test
    void prelabel_withAProject_hasItsWishesWhereItLeavesThemOpen() {
        server.backend.projects.set("fields", """
                mapping: {dog: Hund}
                max: 7
                geometry: mask
                format: labelbox
                formatOptions: {globalKey: row-1}
                """);
        PrelabelOptions options = PrelabelOptions.newBuilder()
                .setProject("fields")
                .setThreshold(0.2)
                .putFormatOptions("globalKey", "row-2")
                .build();
        PrelabelResponse response =
                prelabels().prelabel(request().setOptions(options).build());
        assertEquals("fields@1", response.getProject());
        assertTrue(response.hasFormatted());

        dev.firstpass.server.pipeline.PrelabelRequest request = server.backend.requests.element();
        assertEquals("fields@1", request.labeling().project());
        assertEquals(Map.of("dog", "Hund"), request.labeling().mapping());
        assertEquals(Optional.of(0.2), request.labeling().threshold());
        assertEquals(7, request.labeling().max());
        assertEquals(Optional.of(GeometryKind.MASK), request.labeling().geometry());
        assertEquals(Optional.of(new FormatChoice("labelbox", Map.of("globalKey", "row-2"))), request.written());

        server.backend.requests.clear();
        prelabels()
                .prelabel(request()
                        .setOptions(options.toBuilder().setGeometry(Geometry.GEOMETRY_NATIVE))
                        .build());
        assertEquals(
                Optional.empty(), server.backend.requests.element().labeling().geometry());
    }

    @Test
    void prelabel_withBoxAndClicks_takesBoth() {
        Prompt prompt = Prompt.newBuilder()
                .setClicks(Prompt.Clicks.newBuilder()
                        .addClicks(Prompt.Click.newBuilder().setX(1).setY(2)))
                .setBox(Box.newBuilder().setX(1).setY(2).setWidth(3).setHeight(4))
                .build();
        prelabels().prelabel(request().setPrompt(prompt).build());

        assertEquals(
                new dev.firstpass.postprocess.spec.Prompt.Box(
                        new Rect(1, 2, 3, 4),
                        List.of(new dev.firstpass.postprocess.spec.Prompt.Click(new Point(1, 2), true))),
                server.backend.requests.element().prompt());
    }

    @Test
    void prelabel_withDeadline_hasNoMoreTimeThanThat() {
        prelabels().withDeadlineAfter(5, TimeUnit.SECONDS).prelabel(request().build());

        Duration timeout = server.backend.requests.element().deadline().limit().duration();
        assertTrue(timeout.compareTo(Duration.ofSeconds(5)) <= 0, timeout::toString);
    }

    @Test
    void furtherPort_servesTheSame() {
        int port = server.listeners.grpcPort().orElseThrow();

        assertEquals(
                "coco",
                client(PrelabelsGrpc.PrelabelsBlockingStub.class, port)
                        .prelabel(request().build())
                        .getModel()
                        .getName());
    }

    record Bad(String name, PrelabelRequest request, Reason reason, String field) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bad> cases() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return List.of(
                new Bad("no model", PrelabelRequest.newBuilder().setImage(IMAGE).build(), invalid, "name"),
                new Bad("unknown model", request().setModel("nothing").build(), Reason.MODEL_NOT_FOUND, ""),
                new Bad("unknown version", request().setModel("coco@9").build(), Reason.VERSION_NOT_FOUND, ""),
                new Bad(
                        "no asset",
                        PrelabelRequest.newBuilder().setModel("coco").build(),
                        invalid,
                        "asset"),
                new Bad("empty image", request().setImage(ByteString.EMPTY).build(), Reason.IMAGE_UNDECODABLE, ""),
                new Bad("forbidden uri", request().setUri("file:///x").build(), Reason.ASSET_FORBIDDEN, "asset.uri"),
                new Bad("empty uri", request().setUri("").build(), invalid, "asset.uri"),
                new Bad("bad asset id", request().setAssetId("a\nb").build(), invalid, "asset-id"),
                new Bad(
                        "unknown format",
                        with(PrelabelOptions.newBuilder().setFormat("x")),
                        Reason.FORMAT_UNKNOWN,
                        "format"),
                new Bad(
                        "unknown format option",
                        with(PrelabelOptions.newBuilder().putFormatOptions("a", "b")),
                        invalid,
                        "format-options"),
                new Bad(
                        "unknown geometry",
                        with(PrelabelOptions.newBuilder().setGeometryValue(77)),
                        invalid,
                        "geometry"),
                new Bad(
                        "unknown priority",
                        with(PrelabelOptions.newBuilder().setPriorityValue(7)),
                        invalid,
                        "priority"),
                new Bad(
                        "threshold NaN",
                        with(PrelabelOptions.newBuilder().setThreshold(Double.NaN)),
                        invalid,
                        "threshold"),
                new Bad(
                        "threshold negative",
                        with(PrelabelOptions.newBuilder().setThreshold(-1)),
                        invalid,
                        "threshold"),
                new Bad("max too large", with(PrelabelOptions.newBuilder().setMax(-1)), invalid, "max"),
                new Bad(
                        "simplify infinite",
                        with(PrelabelOptions.newBuilder().setSimplify(Double.POSITIVE_INFINITY)),
                        invalid,
                        "simplify"),
                new Bad("unknown class", with(PrelabelOptions.newBuilder().addClasses("cow")), invalid, "classes"),
                new Bad(
                        "unknown project",
                        with(PrelabelOptions.newBuilder().setProject("p")),
                        Reason.PROJECT_NOT_FOUND,
                        "project"),
                new Bad(
                        "timeout negative",
                        with(PrelabelOptions.newBuilder()
                                .setTimeout(com.google.protobuf.Duration.newBuilder()
                                        .setSeconds(-1))),
                        invalid,
                        "timeout"),
                new Bad(
                        "timeout overflows",
                        with(PrelabelOptions.newBuilder()
                                .setTimeout(com.google.protobuf.Duration.newBuilder()
                                        .setSeconds(Long.MAX_VALUE)
                                        .setNanos(Integer.MAX_VALUE))),
                        invalid,
                        "timeout"),
                new Bad(
                        "no clicks",
                        request()
                                .setPrompt(Prompt.newBuilder().setClicks(Prompt.Clicks.getDefaultInstance()))
                                .build(),
                        invalid,
                        "prompt.points"),
                new Bad(
                        "box without area",
                        request()
                                .setPrompt(Prompt.newBuilder().setBox(Box.getDefaultInstance()))
                                .build(),
                        invalid,
                        "prompt.box"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void request_thatIsBad_isRefusedWithItsReason(Bad bad) throws InvalidProtocolBufferException {
        StatusRuntimeException thrown =
                assertThrows(StatusRuntimeException.class, () -> prelabels().prelabel(bad.request()));

        assertFailure(bad.reason(), bad.field(), thrown);
        assertEquals(2, prelabels().prelabel(request().build()).getModel().getVersion());
    }

    private static void assertFailure(Reason reason, String field, StatusRuntimeException thrown)
            throws InvalidProtocolBufferException {
        assertEquals(reason.grpcCode(), thrown.getStatus().getCode().name(), thrown::toString);
        assertEquals(reason.name(), Objects.requireNonNull(thrown.getTrailers()).get(GrpcFailures.REASON));
        com.google.rpc.Status status = Objects.requireNonNull(StatusProto.fromThrowable(thrown));
        ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
        assertEquals(reason.name(), info.getReason());
        assertEquals("firstpass", info.getDomain());
        assertEquals(field, info.getMetadataOrDefault("field", ""));
        assertFalse(info.getMetadataOrThrow("requestId").isEmpty());
    }

    @Test
    void failure_withAWait_tellsIt() throws InvalidProtocolBufferException {
        server.backend.behaviour = _ -> {
            throw new Failure(Reason.OVERLOADED, "busy", Optional.empty(), Optional.of(Duration.ofMillis(250)))
                    .asException();
        };
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> prelabels().prelabel(request().build()));

        assertFailure(Reason.OVERLOADED, "", thrown);
        RetryInfo retry = Objects.requireNonNull(StatusProto.fromThrowable(thrown))
                .getDetails(1)
                .unpack(RetryInfo.class);
        assertEquals(
                com.google.protobuf.Duration.newBuilder().setNanos(250_000_000).build(), retry.getRetryDelay());
    }

    @Test
    void fault_tellsTheClientNothing() throws InvalidProtocolBufferException {
        server.backend.behaviour = _ -> {
            throw new IllegalStateException("secret");
        };
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> prelabels().prelabel(request().build()));

        assertFailure(Reason.INTERNAL, "", thrown);
        assertFalse(thrown.toString().contains("secret"), thrown::toString);
    }

    @Test
    void message_overTheLimit_isTooLarge() throws InvalidProtocolBufferException {
        PrelabelRequest large = request()
                .setImage(ByteString.copyFrom(new byte[MAX_BODY_BYTES + (128 << 10)]))
                .build();
        StatusRuntimeException thrown =
                assertThrows(StatusRuntimeException.class, () -> prelabels().prelabel(large));

        assertFailure(Reason.REQUEST_TOO_LARGE, "", thrown);
    }

    @Test
    void deadline_thatPasses_isExceeded() {
        CountDownLatch interrupted = new CountDownLatch(1);
        server.backend.behaviour = _ -> sleepUntilInterrupted(interrupted);
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> prelabels()
                        .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                        .prelabel(request().build()));

        assertEquals(Status.Code.DEADLINE_EXCEEDED, thrown.getStatus().getCode());
        await(interrupted);
    }

    @Test
    void stream_answersAsTheyAreReadyAndMatchesThemById() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        server.backend.behaviour = request -> {
            if (request.assetId().equals(Optional.of("slow"))) {
                await(slow);
            }
            return FakeBackend.answer(request);
        };
        StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
        StreamObserver<PrelabelStreamRequest> requests =
                client(PrelabelsGrpc.PrelabelsStub.class).prelabelStream(answers);
        requests.onNext(message("1", request().setAssetId("slow").build()));
        requests.onNext(message("2", request().setModel("nothing").build()));
        requests.onNext(message("3", request().build()));
        requests.onNext(message("", request().build()));
        requests.onCompleted();
        answers.awaitCount(3);
        assertEquals(3, answers.all.size());
        slow.countDown();
        answers.done.get(10, TimeUnit.SECONDS);

        assertEquals(
                List.of("", "1", "2", "3"),
                answers.all.stream().map(PrelabelStreamResponse::getId).sorted().toList());
        assertEquals("1", answers.all.getLast().getId());
        assertEquals("slow", byId(answers, "1").getAnswer().getAsset().getId());
        assertEquals("MODEL_NOT_FOUND", byId(answers, "2").getFailure().getReason());
        assertEquals("id", byId(answers, "").getFailure().getField());
        assertTrue(byId(answers, "3").hasAnswer());
    }

    @Test
    void stream_message_hasNoMoreTimeThanTheCall() throws Exception {
        StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
        StreamObserver<PrelabelStreamRequest> requests = client(PrelabelsGrpc.PrelabelsStub.class)
                .withDeadlineAfter(15, TimeUnit.SECONDS)
                .prelabelStream(answers);
        requests.onNext(message("1", request().build()));
        requests.onCompleted();
        answers.done.get(10, TimeUnit.SECONDS);

        TimeLimit limit = server.backend.requests.element().deadline().limit();
        assertTrue(limit.isAsked());
        assertTrue(limit.duration().compareTo(Duration.ofSeconds(15)) <= 0, limit::toString);
    }

    /// A library that does not load, or a stack that runs over, is an Error and no exception.
    @Test
    void stream_messageThatMeetsAnError_isAnsweredAllTheSame() throws Exception {
        server.backend.behaviour = _ -> {
            throw new NoClassDefFoundError("secret/Library");
        };
        StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
        StreamObserver<PrelabelStreamRequest> requests =
                client(PrelabelsGrpc.PrelabelsStub.class).prelabelStream(answers);
        requests.onNext(message("1", request().build()));
        requests.onCompleted();
        answers.done.get(10, TimeUnit.SECONDS);

        assertEquals("INTERNAL", byId(answers, "1").getFailure().getReason());
        assertFalse(answers.all.toString().contains("secret"), answers.all::toString);
    }

    /// The end of a stream must not overtake its last answer, which another thread sends.
    @Test
    void stream_thatEndsAsItsLastAnswerGoesOut_losesNone() throws Exception {
        for (int i = 0; i < 1000; i++) {
            StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
            StreamObserver<PrelabelStreamRequest> requests =
                    client(PrelabelsGrpc.PrelabelsStub.class).prelabelStream(answers);
            requests.onNext(message("1", request().build()));
            requests.onCompleted();
            answers.done.get(10, TimeUnit.SECONDS);

            assertEquals(1, answers.all.size(), "stream " + i);
        }
    }

    @Test
    void stream_worksOnABoundedNumberAtATime() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        server.backend.behaviour = request -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            sleep(5);
            running.decrementAndGet();
            return FakeBackend.answer(request);
        };
        StreamAnswers<PrelabelStreamResponse> answers = new StreamAnswers<>();
        StreamObserver<PrelabelStreamRequest> requests =
                client(PrelabelsGrpc.PrelabelsStub.class).prelabelStream(answers);
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 300; i++) {
            ids.add("image-" + i);
            requests.onNext(message("image-" + i, request().build()));
        }
        requests.onCompleted();
        answers.done.get(20, TimeUnit.SECONDS);

        assertEquals(
                ids,
                new TreeSet<>(
                        answers.all.stream().map(PrelabelStreamResponse::getId).toList()));
        assertEquals(300, answers.all.size());
        assertTrue(most.get() <= Limits.STANDARD.streamConcurrency(), () -> "at most " + most);
    }

    @Test
    void stream_thatIsCancelled_interruptsItsWork() {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        server.backend.behaviour = _ -> {
            began.countDown();
            return sleepUntilInterrupted(interrupted);
        };
        StreamObserver<PrelabelStreamRequest> requests =
                client(PrelabelsGrpc.PrelabelsStub.class).prelabelStream(new StreamAnswers<>());
        requests.onNext(message("1", request().build()));
        await(began);
        requests.onError(Status.CANCELLED.asRuntimeException());

        await(interrupted);
        server.backend.behaviour = FakeBackend::answer;
        assertEquals(2, prelabels().prelabel(request().build()).getModel().getVersion());
    }

    @Test
    void health_followsReadiness() {
        HealthGrpc.HealthBlockingStub health = client(HealthGrpc.HealthBlockingStub.class);

        assertEquals(ServingStatus.SERVING, health.check(service("")).getStatus());
        assertEquals(
                ServingStatus.SERVING,
                health.check(service(PrelabelsGrpc.SERVICE_NAME)).getStatus());
        server.backend.ready = false;
        try {
            assertEquals(ServingStatus.NOT_SERVING, health.check(service("")).getStatus());
        } finally {
            server.backend.ready = true;
        }
        StatusRuntimeException thrown =
                assertThrows(StatusRuntimeException.class, () -> health.check(service("nothing")));
        assertEquals(Status.Code.NOT_FOUND, thrown.getStatus().getCode());
    }

    @Test
    void health_watch_tellsChanges() throws Exception {
        List<ServingStatus> seen = new ArrayList<>();
        var statuses = client(HealthGrpc.HealthBlockingStub.class).watch(service(""));
        seen.add(statuses.next().getStatus());
        server.backend.ready = false;
        try {
            seen.add(statuses.next().getStatus());
        } finally {
            server.backend.ready = true;
        }
        seen.add(statuses.next().getStatus());

        assertEquals(List.of(ServingStatus.SERVING, ServingStatus.NOT_SERVING, ServingStatus.SERVING), seen);
    }

    @Test
    void reflection_listsTheServices() throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> requests = client(ServerReflectionGrpc.ServerReflectionStub.class)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        answer.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse response = answer.get(10, TimeUnit.SECONDS);
        requests.onCompleted();

        List<String> names = response.getListServicesResponse().getServiceList().stream()
                .map(service -> service.getName())
                .toList();
        assertTrue(names.contains("firstpass.v1.Prelabels"), names::toString);
        assertTrue(names.contains("grpc.health.v1.Health"), names::toString);
    }

    @Test
    void origin_thatIsForeign_isDenied() throws InvalidProtocolBufferException {
        PrelabelsGrpc.PrelabelsBlockingStub foreign = GrpcClients.builder("http://127.0.0.1:" + server.port())
                .setHeader("origin", "https://evil.example")
                .build(PrelabelsGrpc.PrelabelsBlockingStub.class);
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class, () -> foreign.prelabel(request().build()));

        assertFailure(Reason.PERMISSION_DENIED, "Origin", thrown);
    }

    @Test
    void calls_areMeasuredByModelAndReason() {
        prelabels().prelabel(request().build());
        assertThrows(
                StatusRuntimeException.class,
                () -> prelabels().prelabel(request().setModel("nothing").build()));

        String scrape = server.backend.metrics().scrape();
        assertTrue(
                scrape.contains(
                        "firstpass_requests_total{api=\"grpc\",code=\"OK\",model=\"coco\",reason=\"OK\",result=\"ok\",version=\"2\"}"),
                scrape);
        assertTrue(
                scrape.contains("firstpass_requests_total{api=\"grpc\",code=\"NOT_FOUND\",model=\"\","
                        + "reason=\"MODEL_NOT_FOUND\",result=\"refused\",version=\"\"}"),
                scrape);
        for (String code : List.of("OK", "NOT_FOUND")) {
            assertTrue(
                    scrape.contains("grpc_server_handled_total{grpc_code=\"" + code
                            + "\",grpc_method=\"Prelabel\",grpc_service=\"firstpass.v1.Prelabels\"} 1.0"),
                    scrape);
        }
    }

    private static HealthCheckRequest service(String name) {
        return HealthCheckRequest.newBuilder().setService(name).build();
    }

    private static PrelabelStreamRequest message(String id, PrelabelRequest request) {
        return PrelabelStreamRequest.newBuilder().setId(id).setRequest(request).build();
    }

    private static PrelabelAnswer sleepUntilInterrupted(CountDownLatch interrupted) {
        try {
            Thread.sleep(Duration.ofSeconds(20));
            throw new IllegalStateException("was not interrupted");
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new CompletionException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrelabelStreamResponse byId(StreamAnswers<PrelabelStreamResponse> answers, String id) {
        return answers.all.stream()
                .filter(answer -> answer.getId().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
