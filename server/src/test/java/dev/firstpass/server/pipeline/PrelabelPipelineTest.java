package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.family.Recognition;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.asset.AssetFetcher;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.LabelsDigest;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.Integrity;
import dev.firstpass.server.runtime.lifecycle.MemoryRules;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.Placement;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import dev.firstpass.server.runtime.lifecycle.ServableLoader;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The walk with fakes at its ends: what it does when all goes well, and that it gives everything back when not.
final class PrelabelPipelineTest {
    private static final byte GOOD = 3;
    private static final byte POISON = -1;
    private static final long ROOM = 1 << 20;

    private final Semaphore runs = new Semaphore(Integer.MAX_VALUE / 2);
    private final Slab slab = new Slab(ROOM, ROOM);
    private final FakeDecodingHost decoding = new FakeDecodingHost(slab);
    private final FakeHost host = new FakeHost(runs);
    private final Quarantine quarantine = new Quarantine(System::nanoTime, SupervisionListener.NONE);
    private final ModelRuntime runtime = new ModelRuntime(
            new ServableLoader(
                    OneGroup.of(List.of(host), decoding, slab),
                    Placement.on(List.of(host.device())),
                    Integrity.ASSUMED,
                    SavedGraphs.NONE,
                    128,
                    new Supervision(quarantine, _ -> () -> {}, Duration.ofMinutes(1)),
                    System::nanoTime),
            MemoryRules.of(_ -> 1L << 40, _ -> false),
            ResidencyListener.NONE,
            _ -> {});
    private final CpuGate cpu = new CpuGate(2);
    private final Caches caches = new Caches(
            new ResultCache(1 << 20),
            new RefusalCache(1 << 20, Duration.ofMinutes(10), System::nanoTime),
            new EmbeddingCache(1 << 20));
    private final AtomicInteger predictions = new AtomicInteger();
    private final Queue<Prediction> ledger = new ConcurrentLinkedQueue<>();
    private final ModelVersion version = Versions.of("thing", 1, StageSpec.MAIN, "second");

    @AfterEach
    void everythingIsGivenBack() {
        runtime.close();
        assertEquals(0, decoding.open(), "every decoded asset was closed");
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        host.sessions().forEach(session -> {
            assertTrue(session.isClosed());
            assertEquals(0, session.faults());
        });
        slab.close();
    }

    /// One box per row, as wide as the row's output; the score is the threshold's neighbour, so that it can be dropped.
    private static final class OneStage extends FakeFamily {
        @Override
        public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
            float value = rows.getFirst().outputs().tensors().getFirst().f32(0);
            return new Interpretation.Done(List.of(
                    new Annotation.Box(new Candidate(0, "thing", 0.9), new Rect(0, 0, value, 1)),
                    new Annotation.Box(new Candidate(1, "thing", 0.1), new Rect(0, 0, 1, 1))));
        }
    }

    /// Asks for two crops of the asset, then reports what the second stage made of each.
    private static final class TwoStages extends FakeFamily {
        @Override
        public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
            if (input.stage().equals(StageSpec.MAIN)) {
                return new Interpretation.Next(
                        "second",
                        List.of(new RowSource.Crop(new Rect(0, 0, 2, 2)), new RowSource.Crop(new Rect(5, 5, 4, 4))),
                        List.of(new Annotation.Box(new Candidate(0, "thing", 0.9), new Rect(0, 0, 1, 1))));
            }
            assertEquals(1, input.findings().size(), "what the first stage found came along");
            return new Interpretation.Done(List.of(box(rows.get(0), 1), box(rows.get(1), 2)));
        }

        private static Annotation box(RowOutput row, int index) {
            float value = row.outputs().tensors().getFirst().f32(0);
            return new Annotation.Box(new Candidate(index, "thing", 0.9), new Rect(0, 0, value, 1));
        }
    }

    private abstract static class FakeFamily implements ModelFamily {
        @Override
        public String id() {
            return "fake";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public GeometryKind nativeGeometry() {
            return GeometryKind.BOX;
        }

        @Override
        public Optional<Recognition> recognise(ModelSignature signature) {
            return Optional.empty();
        }
    }

    @Test
    void prelabel_oneStage_answersInTheFormat() {
        PrelabelAnswer answer = pipeline(new OneStage()).prelabel(request(GOOD));
        assertEquals(1, answer.prelabels().annotations().size());
        assertEquals(
                6,
                answer.prelabels()
                        .annotations()
                        .getFirst()
                        .bounds()
                        .orElseThrow()
                        .width());
        assertEquals(
                List.of(new Dropped(Dropped.Reason.BELOW_THRESHOLD, 1)),
                answer.prelabels().dropped());
        assertEquals("application/json", answer.mediaType());
        assertTrue(answer.body().length > 0);
        assertEquals(
                answer.times().totalNanos(),
                answer.times().spans().stream()
                        .mapToLong(StageTimes.Span::nanos)
                        .sum());
    }

    @Test
    void prelabel_twoStages_runsTheSecondOnEachCrop() {
        PrelabelAnswer answer = pipeline(new TwoStages()).prelabel(request(GOOD));
        assertEquals(
                List.of(4.0, 8.0),
                answer.prelabels().annotations().stream()
                        .map(annotation -> annotation.bounds().orElseThrow().width())
                        .toList());
        assertEquals(2, decoding.prepared(), "decoded once per stage, so that no pixels are held while rows wait");
    }

    @Test
    void prelabel_again_isAnsweredFromTheCacheWithANewId() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        PrelabelAnswer first = pipeline.prelabel(request(GOOD));
        PrelabelAnswer second = pipeline.prelabel(request(GOOD));
        assertEquals(first.prelabels().annotations(), second.prelabels().annotations());
        assertNotEquals(
                first.prelabels().provenance().prediction(),
                second.prelabels().provenance().prediction());
        assertEquals(1, decoding.prepared());
        assertEquals(0, second.times().inferNanos());
        assertEquals(List.of(CacheOutcome.MISS, CacheOutcome.HIT), List.of(first.cache(), second.cache()));
        assertEquals(
                List.of(recorded(first), recorded(second)),
                ledger.stream()
                        .map(each -> List.of(each.id(), each.latencyNanos()))
                        .toList());
        assertEquals(
                Set.of(LabelsDigest.of(first.prelabels().annotations())),
                ledger.stream().map(Prediction::labelsDigest).collect(Collectors.toSet()));
    }

    /// The third answer is not written but given again, under an id of its own.
    @Test
    void prelabel_againAndAgain_writesNothingAndAsksForNoPermit() throws Exception {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        PrelabelAnswer second = pipeline.prelabel(request(GOOD));
        Deadline noWait = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
        try (CpuGate.Permit _ = cpu.enter(noWait);
                CpuGate.Permit _ = cpu.enter(noWait)) {
            PrelabelAnswer third = pipeline.prelabel(request(GOOD));
            assertEquals(
                    text(second)
                            .replace(
                                    second.prelabels().provenance().prediction(),
                                    third.prelabels().provenance().prediction()),
                    text(third));
            assertNotEquals(text(second), text(third));
        }
        assertEquals(3, ledger.size());
    }

    /// Who reads what was found has nothing written, so nothing waits for a permit to write, and it is at hand the second time.
    @Test
    void prelabel_whoseFindingsAreRead_writesNothing() throws Exception {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        PrelabelRequest unwritten = request(GOOD, Optional.empty());
        PrelabelAnswer first = pipeline.prelabel(unwritten);
        assertEquals(List.of("", ""), List.of(text(first), first.mediaType()));
        assertEquals(
                pipeline.prelabel(request(GOOD)).prelabels().annotations(),
                first.prelabels().annotations());
        Deadline noWait = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
        try (CpuGate.Permit _ = cpu.enter(noWait);
                CpuGate.Permit _ = cpu.enter(noWait)) {
            PrelabelAnswer second = pipeline.prelabel(unwritten);
            PrelabelAnswer third = assertInstanceOf(Recalled.Known.class, pipeline.recall(unwritten))
                    .answer();
            assertEquals(List.of("", ""), List.of(text(second), text(third)));
            assertEquals(first.prelabels().annotations(), third.prelabels().annotations());
            assertEquals(CacheOutcome.HIT, third.cache());
        }
        assertEquals(4, ledger.size());
    }

    /// What is asked for a second time is written down, so the third is at hand.
    @Test
    void recall_ofWhatWasWritten_isThatWithANewId() throws Exception {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        PrelabelAnswer second = pipeline.prelabel(request(GOOD));
        long hits = caches.results().figures().hits();
        Deadline noWait = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
        try (CpuGate.Permit _ = cpu.enter(noWait);
                CpuGate.Permit _ = cpu.enter(noWait)) {
            PrelabelAnswer third = assertInstanceOf(Recalled.Known.class, pipeline.recall(request(GOOD)))
                    .answer();
            assertEquals(
                    text(second)
                            .replace(
                                    second.prelabels().provenance().prediction(),
                                    third.prelabels().provenance().prediction()),
                    text(third));
            assertNotEquals(text(second), text(third));
            assertEquals(CacheOutcome.HIT, third.cache());
            Prediction last = ledger.stream().toList().getLast();
            assertEquals(recorded(third), List.of(last.id(), last.latencyNanos()));
        }
        assertEquals(3, ledger.size());
        assertEquals(2, caches.answers(CacheOutcome.HIT));
        assertEquals(hits + 1, caches.results().figures().hits());
    }

    /// Neither counts nor records anything, and what was found out is not found out again.
    @Test
    void recall_ofWhatIsNotAtHand_isNothing() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        Recalled.Nothing never = assertInstanceOf(Recalled.Nothing.class, pipeline.recall(request(GOOD)));
        AssetRef.Fetched fetched =
                assertInstanceOf(AssetRef.Fetched.class, never.request().asset());
        assertEquals("a.jpg", fetched.asset().id());
        PrelabelAnswer first = pipeline.prelabel(never.request());
        assertEquals(first.prelabels().asset().digest(), fetched.asset().digest());
        // Findings are known, but nothing was written of them yet.
        assertInstanceOf(Recalled.Nothing.class, pipeline.recall(request(GOOD)));
        pipeline.prelabel(request(GOOD));

        Recalled.Nothing around =
                assertInstanceOf(Recalled.Nothing.class, pipeline.recall(request(GOOD, new CacheUse(false, true))));
        assertInstanceOf(AssetRef.Inline.class, around.request().asset(), "no digest is taken in vain");
        assertInstanceOf(Recalled.Nothing.class, pipeline.recall(request("coco")));
        assertInstanceOf(
                Recalled.Nothing.class,
                pipeline.recall(
                        request(GOOD, LabelingSpec.NONE, new Caller(new Tenant("another"), "somebody", Set.of()))));
        assertEquals(2, ledger.size());
        assertEquals(1, caches.answers(CacheOutcome.HIT));
        assertEquals(1, caches.results().figures().hits());
        assertEquals(1, caches.results().figures().misses());
    }

    @Test
    void prelabel_thatWantsNothingKnown_walksAndIsKept() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        assertEquals(
                CacheOutcome.BYPASS,
                pipeline.prelabel(request(GOOD, new CacheUse(false, true))).cache());
        assertEquals(2, decoding.prepared());
        assertEquals(CacheOutcome.HIT, pipeline.prelabel(request(GOOD)).cache());
    }

    @Test
    void prelabel_thatIsNotToBeKept_isForgotten() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD, new CacheUse(true, false)));
        assertEquals(CacheOutcome.MISS, pipeline.prelabel(request(GOOD)).cache());
        assertEquals(2, decoding.prepared());
    }

    /// A model that fails on an asset may be mended; its failure is not held against the asset.
    @Test
    void prelabel_modelFailed_isTriedAgain() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        assertEquals(Reason.MODEL_FAILED, reason(pipeline, request(POISON)));
        assertEquals(Reason.MODEL_FAILED, reason(pipeline, request(POISON)));
        assertTrue(decoding.prepared() >= 2);
        assertEquals(0, caches.refusals().figures().entries());
    }

    /// Everything that findings depend on is in the key: another tenant, threshold or prompt walks again.
    @Test
    void prelabel_withAnotherKey_isNotAnsweredFromTheCache() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        pipeline.prelabel(request(GOOD, labeling(Optional.of(0.05), Optional.empty()), Caller.LOCAL));
        pipeline.prelabel(request(GOOD, LabelingSpec.NONE, new Caller(new Tenant("other"), "other", Set.of())));
        assertEquals(3, decoding.prepared());
    }

    @Test
    void prelabel_unknownFormat_isRefusedBeforeAnyWork() {
        assertEquals(Reason.FORMAT_UNKNOWN, reason(pipeline(new OneStage()), request("nonsense")));
        assertEquals(0, decoding.prepared());
    }

    @Test
    void prelabel_geometryThatCannotBeMade_isRefusedBeforeDecoding() {
        PrelabelRequest request =
                request(GOOD, labeling(Optional.empty(), Optional.of(GeometryKind.KEYPOINTS)), Caller.LOCAL);
        assertEquals(Reason.GEOMETRY_UNSUPPORTED, reason(pipeline(new OneStage()), request));
        assertEquals(0, decoding.prepared());
    }

    @Test
    void prelabel_modelFails_saysSo() {
        assertEquals(Reason.MODEL_FAILED, reason(pipeline(new OneStage()), request(POISON)));
    }

    @Test
    void prelabel_familyRefusesTheOutputs_givesThemBack() {
        PrelabelPipeline pipeline = pipeline(new FakeFamily() {
            @Override
            public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
                throw new OutputInvalidException("boxes: missing");
            }
        });
        assertThrows(OutputInvalidException.class, () -> pipeline.prelabel(request(GOOD)));
    }

    @Test
    void prelabel_modelTooSlow_endsAtTheDeadline() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        runs.drainPermits();
        PrelabelRequest late = request((byte) 4, Duration.ofMillis(50));
        assertEquals(Reason.DEADLINE_EXCEEDED, reason(pipeline, late));
        runs.release(1000);
    }

    /// The queue knows before the image is decoded.
    @Test
    void prelabel_askedForSoonerThanAnyRun_isRefusedBeforeDecoding() {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        int decoded = decoding.prepared();
        PrelabelRequest patient = request((byte) 4);
        long arrived = System.nanoTime();
        PrelabelRequest hasty = new PrelabelRequest(
                patient.model(),
                patient.asset(),
                patient.assetId(),
                patient.prompt(),
                patient.labeling(),
                patient.written(),
                patient.priority(),
                new Deadline(arrived, arrived + 1, true, () -> arrived),
                patient.cache(),
                patient.caller(),
                patient.requestId());

        assertEquals(Reason.DEADLINE_EXCEEDED, reason(pipeline, hasty));
        assertEquals(decoded, decoding.prepared());
    }

    @Test
    void prelabel_interrupted_isCancelledAndGivesBack() throws Exception {
        PrelabelPipeline pipeline = pipeline(new OneStage());
        pipeline.prelabel(request(GOOD));
        runs.drainPermits();
        CompletableFuture<PrelabelAnswer> outcome = new CompletableFuture<>();
        Thread walk = Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(pipeline.prelabel(request((byte) 4)));
            } catch (RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        });
        while (slab.rows().lentBytes() == 0) {
            Thread.onSpinWait();
        }
        walk.interrupt();
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> outcome.get(20, TimeUnit.SECONDS));
        FailureException failure = assertInstanceOf(FailureException.class, thrown.getCause());
        assertEquals(Reason.CANCELLED, failure.failure().reason());
        runs.release(1000);
    }

    /// Requests that wait for room among the rows must not keep those who would free it from going on.
    @Test
    void prelabel_manyWithRoomForTwo_allAreAnswered() throws Exception {
        try (Region.Block _ = slab.rows().tryAllocate(ROOM - 2 * 64).orElseThrow();
                Region.Block _ = slab.results().tryAllocate(ROOM - 2 * 64).orElseThrow();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            PrelabelPipeline pipeline = pipeline(new OneStage());
            List<Future<PrelabelAnswer>> answers = new ArrayList<>();
            for (byte value = 1; value <= 100; value++) {
                PrelabelRequest request = request(value);
                answers.add(threads.submit(() -> pipeline.prelabel(request)));
            }
            for (Future<PrelabelAnswer> answer : answers) {
                assertEquals(1, answer.get().prelabels().annotations().size());
            }
        }
    }

    private static List<Object> recorded(PrelabelAnswer answer) {
        return List.of(
                UUID.fromString(answer.prelabels().provenance().prediction()),
                answer.times().totalNanos());
    }

    private PrelabelPipeline pipeline(ModelFamily family) {
        return new PrelabelPipeline(
                new AssetFetcher(),
                (_, _) -> new Choice(version, Arm.STABLE),
                runtime,
                cpu,
                caches,
                quarantine,
                new Vocabulary(List.of(family), LabelFormats.STANDARD),
                () -> new UUID(0, predictions.incrementAndGet()),
                ledger::add,
                AnswerListener.NONE,
                InstantSource.system(),
                System::nanoTime);
    }

    private static String text(PrelabelAnswer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static Reason reason(PrelabelPipeline pipeline, PrelabelRequest request) {
        return assertThrows(FailureException.class, () -> pipeline.prelabel(request))
                .failure()
                .reason();
    }

    private static LabelingSpec labeling(Optional<Double> threshold, Optional<GeometryKind> geometry) {
        return new LabelingSpec("", Map.of(), threshold, Set.of(), 100, geometry, Optional.empty());
    }

    private static PrelabelRequest request(byte value) {
        return request(value, LabelingSpec.NONE, Caller.LOCAL);
    }

    private static PrelabelRequest request(byte value, LabelingSpec labeling, Caller caller) {
        return request(value, labeling, caller, "firstpass", Duration.ofSeconds(20));
    }

    private static PrelabelRequest request(String format) {
        return request(GOOD, LabelingSpec.NONE, Caller.LOCAL, format, Duration.ofSeconds(20));
    }

    private static PrelabelRequest request(byte value, Optional<FormatChoice> written) {
        return request(value, LabelingSpec.NONE, Caller.LOCAL, written, Duration.ofSeconds(20), CacheUse.FULL);
    }

    private static PrelabelRequest request(byte value, Duration timeout) {
        return request(value, LabelingSpec.NONE, Caller.LOCAL, "firstpass", timeout);
    }

    private static PrelabelRequest request(byte value, CacheUse cache) {
        return request(value, LabelingSpec.NONE, Caller.LOCAL, "firstpass", Duration.ofSeconds(20), cache);
    }

    private static PrelabelRequest request(
            byte value, LabelingSpec labeling, Caller caller, String format, Duration timeout) {
        return request(value, labeling, caller, format, timeout, CacheUse.FULL);
    }

    private static PrelabelRequest request(
            byte value, LabelingSpec labeling, Caller caller, String format, Duration timeout, CacheUse cache) {
        return request(value, labeling, caller, Optional.of(new FormatChoice(format, Map.of())), timeout, cache);
    }

    private static PrelabelRequest request(
            byte value,
            LabelingSpec labeling,
            Caller caller,
            Optional<FormatChoice> written,
            Duration timeout,
            CacheUse cache) {
        return new PrelabelRequest(
                ModelRef.parse("thing"),
                new AssetRef.Inline(new byte[] {value}, Optional.empty()),
                Optional.of("a.jpg"),
                new Prompt.None(),
                labeling,
                written,
                Priority.INTERACTIVE,
                Deadline.after(timeout, System::nanoTime),
                cache,
                caller,
                "test");
    }
}
