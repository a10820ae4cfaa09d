package dev.firstpass.server.frontend.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.v1.EndRolloutRequest;
import dev.firstpass.proto.v1.GetModelRequest;
import dev.firstpass.proto.v1.GetOperationRequest;
import dev.firstpass.proto.v1.GetProjectRequest;
import dev.firstpass.proto.v1.GetRolloutRequest;
import dev.firstpass.proto.v1.GetVersionRequest;
import dev.firstpass.proto.v1.ListAuditRequest;
import dev.firstpass.proto.v1.ListModelsRequest;
import dev.firstpass.proto.v1.ListModelsResponse;
import dev.firstpass.proto.v1.ListOperationsRequest;
import dev.firstpass.proto.v1.ListProjectsRequest;
import dev.firstpass.proto.v1.ListVersionsRequest;
import dev.firstpass.proto.v1.MoveAliasRequest;
import dev.firstpass.proto.v1.Operation;
import dev.firstpass.proto.v1.Project;
import dev.firstpass.proto.v1.ProjectValidation;
import dev.firstpass.proto.v1.RegisterVersionRequest;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.proto.v1.RegistryModel;
import dev.firstpass.proto.v1.RegistryVersion;
import dev.firstpass.proto.v1.RetireVersionRequest;
import dev.firstpass.proto.v1.RollBackRequest;
import dev.firstpass.proto.v1.RolloutAgreement;
import dev.firstpass.proto.v1.RolloutArm;
import dev.firstpass.proto.v1.RolloutLatencies;
import dev.firstpass.proto.v1.RolloutState;
import dev.firstpass.proto.v1.RolloutStop;
import dev.firstpass.proto.v1.SetProjectRequest;
import dev.firstpass.proto.v1.SetRolloutRequest;
import dev.firstpass.proto.v1.ValidateProjectRequest;
import dev.firstpass.proto.v1.VersionReplica;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.UploadLimits;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.StopReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// The registry over gRPC, with a client of the field's, over real sockets.
class GrpcRegistryTest {
    private final TestServer server = new TestServer(limits());
    private final RegistryGrpc.RegistryBlockingStub registry = client(RegistryGrpc.RegistryBlockingStub.class);

    @Test
    void projects_areSetShownAndHeldAgainstAModel() {
        server.backend.behind = List.of("b-5678");
        Project set = registry.setProject(SetProjectRequest.newBuilder()
                .setName("fields")
                .setSpec("mapping: {dog: Hund, cow: Kuh}\nmax: 7")
                .build());

        assertEquals("fields@1", set.getRef());
        assertEquals("{\"mapping\":{\"cow\":\"Kuh\",\"dog\":\"Hund\"},\"max\":7}", set.getSpec());
        assertEquals(List.of("b-5678"), set.getBehindList());
        Project shown = registry.getProject(
                GetProjectRequest.newBuilder().setProject("fields@1").build());
        assertEquals(set.toBuilder().clearBehind().build(), shown);
        assertEquals(
                List.of(shown),
                registry.listProjects(ListProjectsRequest.getDefaultInstance()).getProjectsList());
        ProjectValidation check = registry.validateProject(ValidateProjectRequest.newBuilder()
                .setProject("fields")
                .setModel("coco")
                .addLabels("Katze")
                .build());
        assertFalse(check.getFits());
        assertEquals(List.of("cat"), check.getUnmappedList());
        assertEquals(List.of("cow"), check.getUnknownClassesList());
        assertEquals(List.of("Hund"), check.getUnknownLabelsList());
        assertEquals(List.of("Katze"), check.getUnusedLabelsList());
        assertThrows(
                StatusRuntimeException.class,
                () -> registry.getProject(
                        GetProjectRequest.newBuilder().setProject("fields@2").build()));
        assertThrows(
                StatusRuntimeException.class,
                () -> registry.setProject(SetProjectRequest.newBuilder()
                        .setName("fields")
                        .setSpec("max: 0")
                        .build()));
    }

    @AfterEach
    void stop() {
        server.backend.registering = _ -> {};
        server.close();
    }

    private static Limits limits() {
        return Limits.STANDARD
                .withBodyTimeout(java.time.Duration.ofSeconds(1))
                .withUploads(4 << 20, new UploadLimits(3, 16 << 20, java.time.Duration.ofHours(1)));
    }

    private <T> T client(Class<T> stub) {
        return GrpcClients.builder("http://127.0.0.1:" + server.managementPort())
                .responseTimeout(java.time.Duration.ofSeconds(20))
                .build(stub);
    }

    private static String reason(Executable call) {
        return info(assertThrows(StatusRuntimeException.class, call)).getReason();
    }

    private static ErrorInfo info(StatusRuntimeException thrown) {
        try {
            return Objects.requireNonNull(StatusProto.fromThrowable(thrown))
                    .getDetails(0)
                    .unpack(ErrorInfo.class);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RegisterVersionRequest begin(RegisterVersionRequest.Begin.Builder begin) {
        return RegisterVersionRequest.newBuilder().setBegin(begin).build();
    }

    private static RegisterVersionRequest.Begin.Builder crops() {
        return RegisterVersionRequest.Begin.newBuilder().setModel("crops");
    }

    private static RegisterVersionRequest chunk(byte[] bytes) {
        return RegisterVersionRequest.newBuilder()
                .setChunk(ByteString.copyFrom(bytes))
                .build();
    }

    /// The end of one client's stream.
    private static final class Answer implements StreamObserver<Operation> {
        final CompletableFuture<Operation> future = new CompletableFuture<>();

        @Override
        public void onNext(Operation operation) {
            future.complete(operation);
        }

        @Override
        public void onError(Throwable thrown) {
            future.completeExceptionally(thrown);
        }

        @Override
        public void onCompleted() {}

        Operation get() {
            return future.join();
        }

        String reason() {
            CompletionException thrown = assertThrows(CompletionException.class, future::join);
            return info((StatusRuntimeException) Objects.requireNonNull(thrown.getCause()))
                    .getReason();
        }
    }

    private Answer send(RegisterVersionRequest... messages) {
        Answer answer = new Answer();
        StreamObserver<RegisterVersionRequest> stream =
                client(RegistryGrpc.RegistryStub.class).registerVersion(answer);
        for (RegisterVersionRequest message : messages) {
            stream.onNext(message);
        }
        stream.onCompleted();
        return answer;
    }

    private void awaitNoFiles() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (files() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertEquals(0, files());
    }

    private long files() throws IOException {
        if (!Files.exists(server.backend.area())) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(server.backend.area())) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void bundle_inManyChunks_isRegistered() throws Exception {
        byte[] bundle = new byte[3_500_000];
        new Random(3).nextBytes(bundle);
        List<RegisterVersionRequest> messages = new ArrayList<>();
        messages.add(begin(crops()));
        for (int from = 0; from < bundle.length; from += 100_000) {
            messages.add(RegisterVersionRequest.newBuilder()
                    .setChunk(ByteString.copyFrom(bundle, from, 100_000))
                    .build());
        }
        Operation done = send(messages.toArray(RegisterVersionRequest[]::new)).get();

        assertEquals(Operation.State.STATE_DONE, done.getState());
        assertEquals("crops@3", done.getRegistration().getVersion().getRef());
        assertEquals("outputs' names", done.getRegistration().getOriginsMap().get("family"));
        assertEquals("ssd", done.getRegistration().getVersion().getManifest().getFamily());
        assertEquals(
                "model-signing",
                done.getRegistration().getVersion().getSignatures(0).getForm());
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
        awaitNoFiles();
    }

    @Test
    void bundle_thatCameInPieces_isRegisteredByItsId() throws Exception {
        String id = TestServer.json(
                        server.manage(HttpRequest.newBuilder().POST(BodyPublishers.noBody()), "/v1/registry/uploads"))
                .path("id")
                .asText();
        server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/octet-stream")
                        .header("Upload-Offset", "0")
                        .method("PATCH", BodyPublishers.ofByteArray(new byte[] {5})),
                "/v1/registry/uploads/" + id);

        assertEquals(
                Operation.State.STATE_DONE,
                send(begin(crops().setUpload(id))).get().getState());
        assertArrayEquals(new byte[] {5}, server.backend.uploads.get("crops"));
        assertEquals("UPLOAD_NOT_FOUND", send(begin(crops().setUpload(id))).reason());
        awaitNoFiles();
    }

    @Test
    void streams_thatAreNone_areRefused_andLeaveNothing() throws Exception {
        byte[] one = {1};
        assertEquals("ARGUMENT_INVALID", send().reason());
        assertEquals("ARGUMENT_INVALID", send(begin(crops())).reason());
        assertEquals("ARGUMENT_INVALID", send(chunk(one)).reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(RegisterVersionRequest.getDefaultInstance()).reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(begin(crops()), chunk(one), begin(crops())).reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(begin(crops().setModel("../x")), chunk(one)).reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(begin(crops().setUpload("x")), chunk(one)).reason());
        assertEquals("UPLOAD_NOT_FOUND", send(begin(crops().setUpload("../x"))).reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(begin(crops().setWait(Duration.newBuilder().setSeconds(-1))), chunk(one))
                        .reason());
        assertEquals(
                "ARGUMENT_INVALID",
                send(begin(crops().setIdempotencyKey("a b")), chunk(one)).reason());
        assertEquals(
                "REQUEST_TOO_LARGE",
                send(begin(crops()), chunk(new byte[(1 << 20) + 1])).reason());
        byte[] million = new byte[1_000_000];
        assertEquals(
                "REQUEST_TOO_LARGE",
                send(begin(crops()), chunk(million), chunk(million), chunk(million), chunk(million), chunk(million))
                        .reason());
        assertEquals(0, server.backend.changes.get());
        awaitNoFiles();
    }

    @Test
    void stream_thatIsCancelled_leavesNothing() throws Exception {
        Answer answer = new Answer();
        ClientCallStreamObserver<RegisterVersionRequest> stream = (ClientCallStreamObserver<RegisterVersionRequest>)
                client(RegistryGrpc.RegistryStub.class).registerVersion(answer);
        stream.onNext(begin(crops()));
        stream.onNext(chunk(new byte[1000]));
        while (files() == 0) {
            Thread.sleep(5);
        }
        stream.cancel("enough", null);

        awaitNoFiles();
        assertEquals(0, server.backend.changes.get());
    }

    @Test
    void stream_thatStalls_isEnded() throws Exception {
        Answer answer = new Answer();
        StreamObserver<RegisterVersionRequest> stream =
                client(RegistryGrpc.RegistryStub.class).registerVersion(answer);
        stream.onNext(begin(crops()));
        stream.onNext(chunk(new byte[1000]));

        assertThrows(CompletionException.class, answer::get);
        awaitNoFiles();
    }

    @Test
    void longWork_withoutWaiting_isAnOperation() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        server.backend.registering = _ -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        RegisterVersionRequest begin =
                begin(crops().setWait(Duration.getDefaultInstance()).setIdempotencyKey("k"));
        Operation running = send(begin, chunk(new byte[] {1})).get();
        Operation same = send(begin, chunk(new byte[] {1})).get();

        assertEquals(Operation.State.STATE_RUNNING, running.getState());
        assertEquals(running.getId(), same.getId());
        assertEquals("ALREADY_EXISTS", send(begin, chunk(new byte[] {2})).reason());
        go.countDown();
        Operation now = running;
        while (now.getState() == Operation.State.STATE_RUNNING) {
            Thread.sleep(5);
            now = registry.getOperation(
                    GetOperationRequest.newBuilder().setId(running.getId()).build());
        }
        assertEquals("crops@3", now.getRegistration().getVersion().getRef());
        assertEquals(1, server.backend.changes.get());
        assertEquals(
                1,
                registry.listOperations(ListOperationsRequest.getDefaultInstance())
                        .getOperationsCount());
        assertEquals(
                "OPERATION_NOT_FOUND",
                reason(() -> registry.getOperation(
                        GetOperationRequest.newBuilder().setId("x").build())));
    }

    @Test
    void aliases_moveAndComeBack() {
        MoveAliasRequest.Builder move =
                MoveAliasRequest.newBuilder().setModel("coco").setAlias("production");
        Operation moved = registry.moveAlias(move.setVersion(1).setExpected(2).build());
        assertEquals(1, moved.getMove().getVersion());
        assertEquals("production", moved.getMove().getAlias());

        StatusRuntimeException refused =
                assertThrows(StatusRuntimeException.class, () -> registry.moveAlias(move.build()));
        assertEquals(Status.Code.FAILED_PRECONDITION, refused.getStatus().getCode());
        assertEquals("PRECONDITION_FAILED", info(refused).getReason());
        assertFalse(info(refused).getMetadataOrThrow("requestId").isEmpty());
        assertEquals(
                "ARGUMENT_INVALID",
                reason(() -> registry.moveAlias(move.setVersion(0).build())));

        String longest = "a".repeat(1 << 20);
        int known = operations();
        assertEquals(
                "ARGUMENT_INVALID",
                reason(() ->
                        registry.moveAlias(move.setVersion(2).setAlias(longest).build())));
        assertEquals(
                "ARGUMENT_INVALID",
                reason(() -> registry.rollBack(RollBackRequest.newBuilder()
                        .setModel("coco")
                        .setAlias(longest)
                        .build())));
        assertEquals(known, operations(), "nothing is remembered of what names nothing");

        registry.moveAlias(
                move.setAlias("production").clearExpected().setVersion(2).build());
        Operation back = registry.rollBack(RollBackRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .build());
        assertEquals(1, back.getMove().getVersion());
    }

    private int operations() {
        return registry.listOperations(ListOperationsRequest.getDefaultInstance())
                .getOperationsCount();
    }

    @Test
    void version_retires_unlessAnAliasMeansIt() {
        RetireVersionRequest.Builder retire = RetireVersionRequest.newBuilder().setModel("coco");
        assertEquals(
                "RETIRED",
                registry.retireVersion(retire.setVersion(1).build())
                        .getVersion()
                        .getState());
        assertEquals(
                "IN_USE",
                reason(() -> registry.retireVersion(retire.setVersion(2).build())));
        assertEquals(
                "VERSION_NOT_FOUND",
                reason(() -> registry.retireVersion(retire.setVersion(-1).build())));
    }

    @Test
    void rollout_isSetReadAndEnded() {
        GetRolloutRequest get = GetRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .build();
        RolloutState set = registry.setRollout(SetRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .setCanary(1)
                .setPercent(20)
                .build());
        RolloutArm arm = RolloutArm.newBuilder()
                .setRequests(10)
                .setCached(4)
                .setErrors(1)
                .setLatencies(latencies(5, 1.5, 2.5, 3.5))
                .setLabels(20)
                .setMeanScore(0.75)
                .build();
        assertEquals(
                RolloutState.newBuilder()
                        .setStable(2)
                        .setCanary(1)
                        .setPercent(20)
                        .setSince(
                                Timestamp.newBuilder().setSeconds(1_767_323_045).setNanos(6_000_000))
                        .setStableArm(arm)
                        .setCanaryArm(arm)
                        .build(),
                set);
        assertEquals(set, registry.getRollout(get));
        RolloutState ended = registry.endRollout(EndRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .build());
        assertEquals(RolloutState.newBuilder().setStable(2).build(), ended);
        for (int percent : new int[] {-1, 101, Integer.MAX_VALUE}) {
            assertEquals(
                    "ARGUMENT_INVALID",
                    reason(() -> registry.setRollout(SetRolloutRequest.newBuilder()
                            .setModel("coco")
                            .setAlias("production")
                            .setCanary(1)
                            .setPercent(percent)
                            .build())));
        }
    }

    private static RolloutLatencies latencies(long count, double p50, double p90, double p99) {
        return RolloutLatencies.newBuilder()
                .setCount(count)
                .setP50(p50)
                .setP90(p90)
                .setP99(p99)
                .build();
    }

    @Test
    void rollout_ofAShadow_tellsHowFarItAgrees() {
        RolloutState state = registry.setRollout(SetRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .setShadow(1)
                .build());

        assertFalse(state.hasCanary());
        assertFalse(state.hasCanaryArm());
        assertEquals(100, state.getShadowPercent());
        RolloutAgreement agreement = state.getAgreement();
        assertEquals(3, agreement.getCompared());
        assertEquals(1, agreement.getFailed());
        assertEquals(2, agreement.getDropped());
        assertEquals(8 / 11.0, agreement.getMatched(), 1e-9);
        assertEquals(0.9, agreement.getMeanOverlap(), 1e-9);
        assertEquals(0.75, agreement.getSameLabel(), 1e-9);
        assertEquals(0.1, agreement.getMeanScoreShift(), 1e-9);
        assertEquals(1, agreement.getCountDifference());
        assertEquals(latencies(3, 1, 2, 3), agreement.getStable());
        assertEquals(latencies(3, 4, 5, 6), agreement.getShadow());
    }

    @Test
    void rollout_thatWasStopped_saysWhy() {
        server.backend.stopped = Optional.of(new RolloutReport.Stop(
                3, Instant.ofEpochSecond(1_767_323_045), StopReason.LATENCY, "40 of 100 requests were slow"));
        RolloutState state = registry.setRollout(SetRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .setShadow(1)
                .build());

        assertEquals(
                RolloutStop.newBuilder()
                        .setCanary(3)
                        .setAt(Timestamp.newBuilder().setSeconds(1_767_323_045))
                        .setReason("latency")
                        .setDetail("40 of 100 requests were slow")
                        .build(),
                state.getStopped());
    }

    @Test
    void rollout_withoutWaiting_namesItsOperation_andIsMadeOnce() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        server.backend.rollingOut = () -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        SetRolloutRequest.Builder set = SetRolloutRequest.newBuilder()
                .setModel("coco")
                .setAlias("production")
                .setCanary(1)
                .setPercent(20)
                .setIdempotencyKey("r");
        RolloutState before = registry.setRollout(
                set.clone().setWait(Duration.getDefaultInstance()).build());
        RolloutState same = registry.setRollout(
                set.clone().setWait(Duration.newBuilder().setNanos(1_000_000)).build());

        assertFalse(before.hasCanary());
        assertFalse(before.getOperation().isEmpty());
        assertEquals(before.getOperation(), same.getOperation());
        assertEquals(
                "ALREADY_EXISTS",
                reason(() -> registry.setRollout(set.clone().setPercent(30).build())));
        assertEquals(
                "ALREADY_EXISTS",
                reason(() -> registry.endRollout(EndRolloutRequest.newBuilder()
                        .setModel("coco")
                        .setAlias("production")
                        .setIdempotencyKey("r")
                        .build())));
        go.countDown();
        RolloutState done = registry.setRollout(set.build());
        assertTrue(done.getOperation().isEmpty());
        assertEquals(20, done.getPercent());
        assertEquals(1, server.backend.changes.get());
        Operation operation = registry.getOperation(
                GetOperationRequest.newBuilder().setId(before.getOperation()).build());
        assertEquals("rollout", operation.getKind());
        assertEquals("coco@production", operation.getTarget());
        assertEquals(1, operation.getRollout().getCanary());
    }

    @Test
    void versions_sayWhatEachReplicaHasOfThem() {
        ModelRef.Numbered second = new ModelRef.Numbered(new ModelName("coco"), 2);
        server.backend.replicas = List.of(
                new Replica("a-1234", Map.of(second, Replica.Residency.SERVING)), new Replica("b-5678", Map.of()));
        server.backend.failure = Optional.of("it brought its process down");
        List<VersionReplica> expected = List.of(
                VersionReplica.newBuilder()
                        .setName("a-1234")
                        .setResidency("SERVING")
                        .build(),
                VersionReplica.newBuilder()
                        .setName("b-5678")
                        .setResidency("COLD")
                        .build());
        GetVersionRequest get =
                GetVersionRequest.newBuilder().setModel("coco").setVersion(2).build();

        RegistryVersion version = registry.getVersion(get);
        assertEquals(expected, version.getReplicasList());
        assertEquals(32, version.getSetups(0).getMaxBatch());
        RegistryModel model =
                registry.getModel(GetModelRequest.newBuilder().setModel("coco").build());
        assertEquals(expected, model.getVersions(1).getReplicasList());
        assertEquals("AVAILABLE", model.getVersions(0).getState());
        assertEquals("it brought its process down", model.getVersions(0).getFailure());
        assertEquals(
                expected,
                registry.listModels(ListModelsRequest.getDefaultInstance())
                        .getModels(0)
                        .getVersions(1)
                        .getReplicasList());
        assertEquals(
                expected,
                registry.listVersions(ListVersionsRequest.newBuilder()
                                .setModel("coco")
                                .build())
                        .getVersions(1)
                        .getReplicasList());
    }

    @Test
    void lists_comeInPages() {
        server.backend.further = List.of(TestVersions.entry("m1", 150), TestVersions.entry("m2", 1));
        ListModelsResponse first = registry.listModels(
                ListModelsRequest.newBuilder().setPageSize(2).build());
        ListModelsResponse rest = registry.listModels(ListModelsRequest.newBuilder()
                .setPageSize(2)
                .setPageToken(first.getNextPageToken())
                .build());
        assertEquals("coco", first.getModels(0).getName());
        assertEquals("m2", rest.getModels(0).getName());
        assertTrue(rest.getNextPageToken().isEmpty());
        assertEquals(150, first.getModels(1).getVersionCount());
        assertEquals(10, first.getModels(1).getVersionsCount());
        assertEquals(
                100,
                registry.listVersions(
                                ListVersionsRequest.newBuilder().setModel("m1").build())
                        .getVersionsCount());
        for (int size : new int[] {-1, 1001, Integer.MIN_VALUE}) {
            assertEquals(
                    "ARGUMENT_INVALID",
                    reason(() -> registry.listModels(
                            ListModelsRequest.newBuilder().setPageSize(size).build())));
        }
    }

    @Test
    void models_versionsAndAudit_areRead() {
        assertEquals(
                2,
                registry.getModel(GetModelRequest.newBuilder().setModel("coco").build())
                        .getAliasesOrThrow("production"));
        RegistryVersion version = registry.getVersion(
                GetVersionRequest.newBuilder().setModel("coco").setVersion(2).build());
        assertEquals("AVAILABLE", version.getState());
        assertEquals(1234, version.getManifest().getFiles(0).getBytes());
        assertEquals(Map.of("strides", "8,16"), version.getManifest().getParametersMap());
        assertEquals("onnx", version.getManifest().getStagesOrThrow("main").getEngine());
        assertEquals(
                2,
                registry.listAudit(ListAuditRequest.newBuilder().setAfter(1).build())
                        .getLinesCount());
        assertEquals(
                "ARGUMENT_INVALID",
                reason(() -> registry.listAudit(
                        ListAuditRequest.newBuilder().setAfter(-1).build())));
        assertEquals(
                "MODEL_NOT_FOUND",
                reason(() -> registry.getModel(
                        GetModelRequest.newBuilder().setModel("nothing").build())));
        assertEquals(
                "ARGUMENT_INVALID",
                reason(() -> registry.getModel(
                        GetModelRequest.newBuilder().setModel("../..").build())));
    }

    @Test
    void health_isToldHereToo() {
        HealthGrpc.HealthBlockingStub health = client(HealthGrpc.HealthBlockingStub.class);
        assertEquals(
                ServingStatus.SERVING,
                health.check(HealthCheckRequest.newBuilder()
                                .setService(RegistryGrpc.SERVICE_NAME)
                                .build())
                        .getStatus());
    }
}
