package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.Integrity;
import dev.firstpass.server.runtime.lifecycle.MemoryRules;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.Placement;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import dev.firstpass.server.runtime.lifecycle.ServableLoader;
import dev.firstpass.server.runtime.lifecycle.StageCounts;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// The tensor walk with fakes at its ends, and that it gives everything back however it ends.
final class TensorPipelineTest {
    private static final long ROOM = 1 << 16;
    private static final int CAPACITY = 16;
    private static final int ENOUGH = 1 << 20;

    private final Semaphore runs = new Semaphore(ENOUGH);
    private final Slab slab = new Slab(ROOM, ROOM);
    private final FakeHost host = new FakeHost(runs);
    private final Quarantine quarantine = new Quarantine(System::nanoTime, SupervisionListener.NONE);
    private final ModelRuntime runtime = new ModelRuntime(
            new ServableLoader(
                    OneGroup.of(List.of(host), new FakeDecodingHost(slab), slab),
                    Placement.on(List.of(host.device())),
                    Integrity.ASSUMED,
                    SavedGraphs.NONE,
                    CAPACITY,
                    new Supervision(quarantine, _ -> () -> {}, Duration.ofMinutes(1)),
                    System::nanoTime),
            MemoryRules.of(_ -> 1L << 40, _ -> false),
            ResidencyListener.NONE,
            _ -> {});
    private final ModelVersion version = Versions.of("thing", 1, StageSpec.MAIN, "second");
    private final TensorPipeline pipeline = new TensorPipeline(this::choose, runtime, quarantine, System::nanoTime);

    private Choice choose(ModelRef ref, String subject) {
        if (!ref.name().value().equals("thing")) {
            throw new RegistryException.ModelNotFound(ref.name().value());
        }
        return new Choice(version, Arm.STABLE);
    }

    @AfterEach
    void everythingIsGivenBack() {
        runs.release(ENOUGH);
        runtime.close();
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        host.sessions().forEach(session -> {
            assertTrue(session.isClosed());
            assertEquals(0, session.faults());
        });
        slab.close();
    }

    @Test
    void infer_severalRows_areAnsweredTogether() throws Exception {
        TensorCall call = pipeline.infer(request(1, 2, 3));
        try (TensorAnswer answer = call.answer().get(20, TimeUnit.SECONDS)) {
            assertEquals(version, answer.version());
            TensorOutput output = answer.outputs().getFirst();
            assertEquals(Shape.of(3, 1), output.shape());
            assertEquals(12, output.byteSize());
            assertEquals(List.of(2f, 4f, 6f), values(output));
        }
        assertTrue(call.isTaken().isDone());
    }

    /// The version is not loaded when the first request comes, and nobody blocks.
    @Test
    void infer_whileTheVersionLoads_holdsTheTensorsUntilThen() throws Exception {
        runs.drainPermits();
        TensorCall call = pipeline.infer(request(4));
        assertFalse(call.isTaken().isDone(), "its warm-up waits");
        runs.release(ENOUGH);
        assertEquals(List.of(8f), answered(call));
        assertTrue(call.isTaken().isDone());
    }

    @Test
    void cancel_whileTheVersionLoads_letsTheTensorsGo() {
        runs.drainPermits();
        TensorCall call = pipeline.infer(request(4));
        call.cancel();
        assertTrue(call.isTaken().isDone());
        assertEquals(Reason.CANCELLED, reason(call));
    }

    @Test
    void answer_namedOutputsOnly() throws Exception {
        TensorRequest named = request(
                new TensorTarget(Tenant.LOCAL, "thing", ""),
                List.of(input(Shape.of(1, 1), 5)),
                List.of("y"),
                Duration.ofSeconds(20));
        assertEquals(List.of(10f), answered(pipeline.infer(named)));
    }

    @Test
    void infer_stageByName_isThatStage() throws Exception {
        for (String name : List.of("thing", "thing.main", "thing.second")) {
            assertEquals(
                    List.of(6f),
                    answered(pipeline.infer(request(
                            new TensorTarget(Tenant.LOCAL, name, "1"),
                            List.of(input(Shape.of(1, 1), 3)),
                            List.of(),
                            Duration.ofSeconds(20)))));
        }
        for (String none : List.of("thing.third", "other", "other.main", ".thing", "thing.")) {
            Reason reason = reason(pipeline.infer(request(
                    new TensorTarget(Tenant.LOCAL, none, ""),
                    List.of(input(Shape.of(1, 1), 3)),
                    List.of(),
                    Duration.ofSeconds(20))));
            assertTrue(reason == Reason.MODEL_NOT_FOUND || reason == Reason.ARGUMENT_INVALID, none + " " + reason);
        }
    }

    /// What the model cannot take is refused before there is a row of it.
    static final List<List<TensorInput>> BAD = List.of(
            List.of(),
            List.of(input(Shape.of(1, 1), 1), input(Shape.of(1, 1), 1)),
            List.of(new TensorInput("other", ElementType.FLOAT32, Shape.of(1, 1), data(1))),
            List.of(new TensorInput(FakeSession.INPUT, ElementType.INT32, Shape.of(1, 1), data(1))),
            List.of(input(Shape.of(1), 1)),
            List.of(input(Shape.of(1, 2), 1, 2)),
            List.of(input(Shape.of(1, 1, 1), 1)),
            List.of(input(Shape.of(0, 1))),
            List.of(input(Shape.of(5, 1), 1, 2, 3, 4, 5)),
            List.of(input(Shape.of(2, 1), 1)),
            List.of(input(Shape.of(1, 1), 1, 2)),
            List.of(input(Shape.of(1L << 62, 1), 1)),
            List.of(input(Shape.of(-1, 1), 1)));

    @ParameterizedTest
    @FieldSource("BAD")
    void infer_badTensors_areRefused(List<TensorInput> inputs) {
        TensorCall call = pipeline.infer(
                request(new TensorTarget(Tenant.LOCAL, "thing", ""), inputs, List.of(), Duration.ofSeconds(20)));
        assertEquals(Reason.ARGUMENT_INVALID, reason(call));
        assertTrue(call.isTaken().isDone());
    }

    @Test
    void infer_badOutputs_areRefused() {
        for (List<String> outputs : List.of(List.of("z"), List.of("y", "y"), List.of(""))) {
            assertEquals(
                    Reason.ARGUMENT_INVALID,
                    reason(pipeline.infer(request(
                            new TensorTarget(Tenant.LOCAL, "thing", ""),
                            List.of(input(Shape.of(1, 1), 1)),
                            outputs,
                            Duration.ofSeconds(20)))));
        }
    }

    @Test
    void infer_besideARowThatFails_isAnswered() throws Exception {
        hold();
        TensorCall holder = pipeline.infer(request(1));
        awaitDepth(0);
        TensorCall bad = pipeline.infer(request(7, FakeSession.POISON));
        TensorCall good = pipeline.infer(request(8, 9));
        runs.release(ENOUGH);
        assertEquals(List.of(2f), answered(holder));
        assertEquals(Reason.MODEL_FAILED, reason(bad));
        assertEquals(List.of(16f, 18f), answered(good));
    }

    @Test
    void cancel_whileQueued_isNeverRun() throws Exception {
        hold();
        TensorCall holder = pipeline.infer(request(1));
        awaitDepth(0);
        List<TensorCall> gone = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            gone.add(pipeline.infer(request(2, 3)));
        }
        gone.forEach(TensorCall::cancel);
        TensorCall last = pipeline.infer(request(4));
        int before = host.sessions().getFirst().batchSizes().size();
        runs.release(ENOUGH);
        assertEquals(List.of(2f), answered(holder));
        assertEquals(List.of(8f), answered(last));
        gone.forEach(call -> assertEquals(Reason.CANCELLED, reason(call)));
        List<Integer> all = host.sessions().getFirst().batchSizes();
        assertEquals(List.of(1, 1), all.subList(before, all.size()), "the holder and the last row, alone");
    }

    @Test
    void cancel_afterTheAnswer_doesNothing() throws Exception {
        TensorCall call = pipeline.infer(request(1));
        try (TensorAnswer answer = call.answer().get(20, TimeUnit.SECONDS)) {
            call.cancel();
            assertEquals(List.of(2f), values(answer.outputs().getFirst()));
        }
    }

    @Test
    void statistics_areOfWhatWasAskedOfTheStage() throws Exception {
        assertEquals(
                StageCounts.Totals.NONE,
                pipeline.statistics(new TensorTarget(Tenant.LOCAL, "thing", ""))
                        .getFirst()
                        .totals(),
                "it is not loaded");
        assertEquals(List.of(), pipeline.statistics(Tenant.LOCAL));
        assertEquals(List.of(2f, 4f, 6f), answered(pipeline.infer(request(1, 2, 3))));
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        assertEquals(Reason.MODEL_FAILED, reason(pipeline.infer(request(FakeSession.POISON))));
        assertEquals(Reason.ARGUMENT_INVALID, reason(pipeline.infer(request())));
        for (String name : List.of("thing", "thing.main")) {
            TensorStatistics main = pipeline.statistics(new TensorTarget(Tenant.LOCAL, name, "1"))
                    .getFirst();
            assertEquals(name, main.name());
            assertEquals(1, main.version());
            assertEquals(2, main.totals().succeeded());
            assertEquals(2, main.totals().failed());
            assertEquals(4, main.totals().rows());
            assertTrue(main.totals().runs() >= 2 && main.totals().runs() <= 4);
            assertTrue(main.totals().sinceLast().isPresent());
        }
        assertEquals(
                List.of("thing", "thing.second"),
                pipeline.statistics(Tenant.LOCAL).stream()
                        .map(TensorStatistics::name)
                        .toList());
        assertEquals(0, pipeline.statistics(Tenant.LOCAL).getLast().totals().succeeded());
    }

    @Test
    void unload_givesTheMemoryBack_andTheNextRequestLoadsItAgain() throws Exception {
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        int sessions = host.sessions().size();
        pipeline.unload(new TensorTarget(Tenant.LOCAL, "thing", ""));
        while (!host.sessions().stream().allMatch(FakeSession::isClosed)) {
            Thread.sleep(1);
        }
        assertEquals(List.of(), pipeline.statistics(Tenant.LOCAL));
        pipeline.unload(new TensorTarget(Tenant.LOCAL, "thing", ""));
        assertEquals(List.of(4f), answered(pipeline.infer(request(2))));
        assertEquals(2 * sessions, host.sessions().size());
    }

    @Test
    void infer_noRoomNow_isOverloadedAtOnce() throws Exception {
        hold();
        Region.Block most = slab.rows().tryAllocate(ROOM - 64).orElseThrow();
        TensorCall fits = pipeline.infer(request(1));
        assertEquals(Reason.OVERLOADED, reason(pipeline.infer(request(2))));
        assertEquals(Reason.OVERLOADED, reason(pipeline.infer(request(2, 3, 4))));
        runs.release(ENOUGH);
        assertEquals(List.of(2f), answered(fits));
        most.close();
    }

    @Test
    void infer_queueFull_isOverloadedAsAWhole() throws Exception {
        hold();
        TensorCall holder = pipeline.infer(request(1));
        awaitDepth(0);
        List<TensorCall> waiting = new ArrayList<>();
        for (int i = 0; i < CAPACITY - 1; i++) {
            waiting.add(pipeline.infer(request(2)));
        }
        TensorCall half = pipeline.infer(request(5, 6));
        assertEquals(Reason.OVERLOADED, reason(half));
        runs.release(ENOUGH);
        assertEquals(List.of(2f), answered(holder));
        for (TensorCall call : waiting) {
            assertEquals(List.of(4f), answered(call));
        }
    }

    @Test
    void infer_deadlinePassesInTheQueue_isNeverRun() throws Exception {
        hold();
        TensorCall holder = pipeline.infer(request(1));
        awaitDepth(0);
        AtomicLong clock = new AtomicLong();
        Deadline soon = new Deadline(System.nanoTime(), 1, false, clock::get);
        TensorCall late = pipeline.infer(request(
                new TensorTarget(Tenant.LOCAL, "thing", ""), List.of(input(Shape.of(1, 1), 2)), List.of(), soon));
        clock.set(1);
        runs.release(ENOUGH);
        assertEquals(List.of(2f), answered(holder));
        assertEquals(Reason.DEADLINE_EXCEEDED, reason(late));
    }

    /// It waited for its body or its event loop.
    @Test
    void infer_deadlineHasPassedBefore_isRefusedBeforeTheCopy() throws Exception {
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        try (Region.Block _ = slab.rows().tryAllocate(ROOM).orElseThrow()) {
            for (boolean isAsked : List.of(true, false)) {
                TensorCall late = pipeline.infer(request(
                        new TensorTarget(Tenant.LOCAL, "thing", ""),
                        List.of(input(Shape.of(1, 1), 2)),
                        List.of(),
                        new Deadline(0, 1, isAsked, () -> 1)));
                assertEquals(Reason.DEADLINE_EXCEEDED, reason(late), "a copy would have found no room");
                assertTrue(late.isTaken().isDone());
            }
        }
    }

    /// The queue would not take the row in time, and says so before there is one.
    @Test
    void infer_askedForSoonerThanAnyRun_isRefusedBeforeTheCopy() throws Exception {
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        long now = System.nanoTime();
        try (Region.Block _ = slab.rows().tryAllocate(ROOM).orElseThrow()) {
            TensorCall hasty = pipeline.infer(request(
                    new TensorTarget(Tenant.LOCAL, "thing", ""),
                    List.of(input(Shape.of(1, 1), 2)),
                    List.of(),
                    new Deadline(now, now + 1, true, () -> now)));
            assertEquals(Reason.DEADLINE_EXCEEDED, reason(hasty), "a copy would have found no room");
        }
    }

    /// What answers took after their runs counts against deadlines that come later: the queue leaves room for it.
    @Test
    void sent_lateAfterTheRun_deadlinesLeaveRoomForThat() throws Exception {
        AtomicLong clock = new AtomicLong(System.nanoTime());
        TensorPipeline timed = new TensorPipeline(this::choose, runtime, quarantine, clock::get);
        for (int i = 0; i < 20; i++) {
            try (TensorAnswer answer = timed.infer(request(1)).answer().get(20, TimeUnit.SECONDS)) {
                clock.addAndGet(Duration.ofSeconds(9).toNanos());
                answer.sent();
            }
        }
        for (int seconds : List.of(5, 15)) {
            TensorRequest asked = request(
                    new TensorTarget(Tenant.LOCAL, "thing", ""),
                    List.of(input(Shape.of(1, 1), 2)),
                    List.of(),
                    Deadline.of(new TimeLimit(Duration.ofSeconds(seconds), true), System::nanoTime));
            TensorCall call = timed.infer(asked);
            if (seconds < 9) {
                assertEquals(Reason.DEADLINE_EXCEEDED, reason(call));
            } else {
                assertEquals(List.of(4f), answered(call));
            }
        }
    }

    /// Who never reads an answer is not waited for by others' deadlines.
    @Test
    void close_longAfterTheAnswerWasSent_isNotTheServersTime() throws Exception {
        AtomicLong clock = new AtomicLong(System.nanoTime());
        TensorPipeline timed = new TensorPipeline(this::choose, runtime, quarantine, clock::get);
        for (int i = 0; i < 20; i++) {
            try (TensorAnswer answer = timed.infer(request(1)).answer().get(20, TimeUnit.SECONDS)) {
                answer.sent();
                clock.addAndGet(Duration.ofSeconds(9).toNanos());
            }
        }
        assertEquals(
                List.of(4f),
                answered(timed.infer(request(
                        new TensorTarget(Tenant.LOCAL, "thing", ""),
                        List.of(input(Shape.of(1, 1), 2)),
                        List.of(),
                        Deadline.of(new TimeLimit(Duration.ofSeconds(5), true), System::nanoTime)))));
    }

    @Test
    void infer_quarantinedRow_isRefused() throws Exception {
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        Region.Block block = slab.rows().tryAllocate(Float.BYTES).orElseThrow();
        block.segment().set(ValueLayout.JAVA_FLOAT, 0, 1);
        try (Row row = Row.of(FakeSession.INPUT, ElementType.FLOAT32, Shape.of(1, 1), block)) {
            quarantine.hold(new Quarantine.Key.OfTensors(new RowDigest(row), version.digest()));
        }
        assertEquals(Reason.INPUT_QUARANTINED, reason(pipeline.infer(request(1))));
        assertEquals(Reason.INPUT_QUARANTINED, reason(pipeline.infer(request(2, 1))));
        assertEquals(List.of(4f), answered(pipeline.infer(request(2))));
    }

    @Test
    void describe_saysWhatTheStageTakes() throws Exception {
        TensorModel model = pipeline.describe(new TensorTarget(Tenant.LOCAL, "thing", ""), Duration.ofSeconds(20))
                .get(20, TimeUnit.SECONDS);
        assertEquals(4, model.mostRows());
        assertEquals(FakeSession.INPUT, model.signature().inputs().getFirst().name());
        assertTrue(pipeline.isReady(new TensorTarget(Tenant.LOCAL, "thing", "")));
        assertThrows(
                RegistryException.ModelNotFound.class,
                () -> pipeline.isReady(new TensorTarget(Tenant.LOCAL, "other", "")));
        assertInstanceOf(
                RegistryException.ModelNotFound.class,
                assertThrows(
                                ExecutionException.class,
                                () -> pipeline.describe(
                                                new TensorTarget(Tenant.LOCAL, "other", ""), Duration.ofSeconds(1))
                                        .get())
                        .getCause());
    }

    /// Loads the version; from now on a run takes a permit of those that are released.
    private void hold() throws Exception {
        assertEquals(List.of(2f), answered(pipeline.infer(request(1))));
        runs.drainPermits();
    }

    private void awaitDepth(int depth) {
        while (runtime.queues().getOrDefault(version.ref(), QueueState.EMPTY).rows() != depth) {
            Thread.onSpinWait();
        }
    }

    private static List<Float> answered(TensorCall call) throws Exception {
        try (TensorAnswer answer = call.answer().get(20, TimeUnit.SECONDS)) {
            return values(answer.outputs().getFirst());
        }
    }

    private static Reason reason(TensorCall call) {
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> call.answer().get(20, TimeUnit.SECONDS));
        return Failures.of(thrown).reason();
    }

    private static List<Float> values(TensorOutput output) {
        List<Float> values = new ArrayList<>();
        for (MemorySegment part : output.parts()) {
            for (float value : part.toArray(ValueLayout.JAVA_FLOAT)) {
                values.add(value);
            }
        }
        return values;
    }

    private static TensorRequest request(float... values) {
        return request(
                new TensorTarget(Tenant.LOCAL, "thing", ""),
                List.of(input(Shape.of(values.length, 1), values)),
                List.of(),
                Duration.ofSeconds(20));
    }

    private static TensorRequest request(
            TensorTarget target, List<TensorInput> inputs, List<String> outputs, Duration timeout) {
        return request(target, inputs, outputs, Deadline.after(timeout, System::nanoTime));
    }

    private static TensorRequest request(
            TensorTarget target, List<TensorInput> inputs, List<String> outputs, Deadline deadline) {
        return new TensorRequest(
                target, Optional.empty(), inputs, outputs, Priority.INTERACTIVE, deadline, Caller.LOCAL);
    }

    private static TensorInput input(Shape shape, float... values) {
        return new TensorInput(FakeSession.INPUT, ElementType.FLOAT32, shape, data(values));
    }

    private static MemorySegment data(float... values) {
        return MemorySegment.ofArray(Arrays.copyOf(values, values.length));
    }
}
