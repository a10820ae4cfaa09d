package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DeadlineBatcherTest {
    private static final int MAX_BATCH = 4;
    private static final int CAPACITY = 6;

    /// Holds runs back until a test lets them go.
    private final Semaphore runs = new Semaphore(0);
    private final FakeSession session = new FakeSession(runs);
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final AtomicLong clock = new AtomicLong();
    private final DeadlineBatcher batcher = new DeadlineBatcher(
            List.of(new Lane(session, "infer-test", MAX_BATCH, WarmUpTimes.NONE)),
            true,
            Calm.policy(CAPACITY),
            slab.results(),
            Calm.supervision(),
            Calm.crashes(),
            clock::get);

    @AfterEach
    void everythingIsGivenBack() {
        runs.release(1000);
        batcher.close();
        assertEquals(0, session.faults());
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    @Test
    void submit_oneRow_getsItsOwnResult() throws Exception {
        runs.release();
        assertEquals(6, result(batcher.submit(Rows.item(slab, 3))));
    }

    @Test
    void submit_rowsThatWait_runTogetherInOrder() throws Exception {
        CompletableFuture<RowOutputs> first = batcher.submit(Rows.item(slab, 1));
        awaitDepth(0);
        List<CompletableFuture<RowOutputs>> waiting = new ArrayList<>();
        for (int i = 2; i <= 7; i++) {
            waiting.add(batcher.submit(Rows.item(slab, i)));
        }
        runs.release(3);
        assertEquals(2, result(first));
        for (int i = 0; i < waiting.size(); i++) {
            assertEquals(2 * (i + 2), result(waiting.get(i)));
        }
        assertEquals(List.of(1, 4, 2), session.batchSizes());
        RunCounts counts = batcher.queue().counts();
        assertEquals(List.of(3L, 7L, 12L), List.of(counts.runs(), counts.rows(), counts.capacity()));
        assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 0L, 0L), counts.bySize());
    }

    @Test
    void submit_queueFull_isOverloadedAtOnce() throws Exception {
        List<CompletableFuture<RowOutputs>> accepted = new ArrayList<>();
        accepted.add(batcher.submit(Rows.item(slab, 0)));
        awaitDepth(0);
        for (int i = 0; i < CAPACITY; i++) {
            accepted.add(batcher.submit(Rows.item(slab, i)));
        }
        Failure refused = failure(batcher.submit(Rows.item(slab, 9)));
        assertEquals(Reason.OVERLOADED, refused.reason());
        assertTrue(refused.retryAfter().isPresent(), "a client is told how long to wait");
        assertEquals(1, batcher.queue().counts().full());
        runs.release(3);
        for (CompletableFuture<RowOutputs> future : accepted) {
            result(future);
        }
    }

    @Test
    void submit_queueFullOfAnotherTenantsRows_takesTheOneDueLast_whichIsOverloaded() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        List<CompletableFuture<RowOutputs>> others = new ArrayList<>();
        for (int i = 1; i <= CAPACITY; i++) {
            others.add(batcher.submit(Rows.item(slab, i)));
        }
        BatchItem item = Rows.item(slab, 9);
        Waiter someone =
                new Waiter(item.waiter().deadline(), Priority.INTERACTIVE, new Caller(new Tenant("b"), "b", Set.of()));
        CompletableFuture<RowOutputs> own = batcher.submit(new BatchItem(item.row(), someone, item.input()));

        Failure displaced = failure(others.removeLast());
        assertEquals(Reason.OVERLOADED, displaced.reason());
        assertTrue(displaced.retryAfter().isPresent(), "a client is told how long to wait");
        runs.release(3);
        result(holder);
        assertEquals(18, result(own));
        for (CompletableFuture<RowOutputs> other : others) {
            result(other);
        }
    }

    @Test
    void submit_poisonAmongOthers_failsAlone() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        CompletableFuture<RowOutputs> good = batcher.submit(Rows.item(slab, 5));
        CompletableFuture<RowOutputs> bad = batcher.submit(Rows.item(slab, FakeSession.POISON));
        CompletableFuture<RowOutputs> alsoGood = batcher.submit(Rows.item(slab, 6));
        runs.release(5);
        result(holder);
        assertEquals(10, result(good));
        assertEquals(12, result(alsoGood));
        assertEquals(Reason.MODEL_FAILED, reason(bad));
    }

    /// A batch that finds no memory does not keep a row beyond its deadline, and then runs it all the same.
    @Test
    void submit_deadlinePassesWhileABatchWaitsForMemory_isNeverRun() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        CompletableFuture<RowOutputs> late =
                batcher.submit(Rows.item(slab, 1, Deadline.after(Duration.ofMillis(100), System::nanoTime)));
        CompletableFuture<RowOutputs> patient = batcher.submit(Rows.item(slab, 2));
        try (Region.Block _ =
                slab.results().tryAllocate(slab.results().byteSize() - 64).orElseThrow()) {
            runs.release(3);
            result(holder);
            assertEquals(Reason.DEADLINE_EXCEEDED, reason(late));
            assertEquals(4, result(patient), "there is room for one row alone");
        }
        assertEquals(1, session.batchSizes().getLast());
    }

    @Test
    void submit_deadlinePassesInTheQueue_isNeverRun() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        Deadline deadline = Deadline.after(Duration.ofNanos(5), clock::get);
        CompletableFuture<RowOutputs> late = batcher.submit(Rows.item(slab, 1, deadline));
        clock.set(10);
        runs.release(2);
        result(holder);
        assertEquals(Reason.DEADLINE_EXCEEDED, reason(late));
        assertEquals(List.of(1), session.batchSizes());
    }

    @Test
    void submit_cancelledWhileWaiting_isNeverRun() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        batcher.submit(Rows.item(slab, 1)).cancel(false);
        CompletableFuture<RowOutputs> next = batcher.submit(Rows.item(slab, 2));
        runs.release(2);
        result(holder);
        assertEquals(4, result(next));
        assertEquals(List.of(1, 1), session.batchSizes());
        assertEquals(1, batcher.queue().counts().cancelled());
    }

    /// How long a run takes is known from the warm-up.
    @Test
    void submit_askedForSoonerThanTheModelCan_isRefusedAtOnce_andNeverRun() throws Exception {
        try (DeadlineBatcher slow = warm(10)) {
            CompletableFuture<RowOutputs> hopeless = slow.submit(asked(1, Duration.ofMillis(5)));

            assertTrue(hopeless.isDone());
            Failure refused = failure(hopeless);
            assertEquals(Reason.DEADLINE_EXCEEDED, refused.reason());
            assertEquals(Optional.empty(), refused.retryAfter(), "waiting does not help");
            assertEquals(List.of(), session.batchSizes());
            assertEquals(1, slow.queue().counts().late());
        }
    }

    @Test
    void submit_askedForSoonerThanTheQueueAllows_isToldWhenToComeAgain() throws Exception {
        try (DeadlineBatcher slow = warm(10)) {
            List<CompletableFuture<RowOutputs>> taken = new ArrayList<>();
            for (int row = 0; row < CAPACITY; row++) {
                taken.add(slow.submit(asked(row, Duration.ofSeconds(5))));
            }
            BatchItem wish = asked(9, Duration.ofMillis(15));
            FailureException admission = assertThrows(FailureException.class, () -> slow.admit(wish.outline()));
            Failure refused = failure(slow.submit(wish));

            assertEquals(Reason.OVERLOADED, admission.failure().reason());
            assertEquals(Reason.OVERLOADED, refused.reason());
            assertTrue(refused.retryAfter().orElseThrow().compareTo(Duration.ofSeconds(1)) < 0);
            runs.release(1000);
            for (CompletableFuture<RowOutputs> one : taken) {
                result(one);
            }
        }
    }

    /// Without a deadline of the caller's own nothing is refused that could be run.
    @Test
    void submit_withTheServersOwnDeadline_isNeverTooLateForTheQueue() throws Exception {
        try (DeadlineBatcher slow = warm(10_000)) {
            CompletableFuture<RowOutputs> patient = slow.submit(Rows.item(slab, 4));
            runs.release();

            assertEquals(8, result(patient));
        }
    }

    @Test
    void submit_bulkRows_runAfterThoseThatSomebodyWaitsFor() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int row = 1; row <= 6; row++) {
            Priority priority = row <= 2 ? Priority.BULK : Priority.INTERACTIVE;
            int name = row;
            all.add(batcher.submit(item(row, Rows.soon(), priority)).thenAccept(outputs -> {
                order.add(name);
                outputs.raw().close();
            }));
        }
        runs.release(1000);
        result(holder);
        for (CompletableFuture<?> one : all) {
            one.get(20, TimeUnit.SECONDS);
        }

        assertEquals(List.of(3, 4, 5, 6, 1, 2), order);
    }

    /// Ten thousand come and nearly all go again before they could run.
    @Test
    void cancellationStorm_runsNothingThatWasCancelled_andGivesEverythingBack() throws Exception {
        int storm = 10_000;
        try (Slab large = new Slab(2L << 20, 1 << 20);
                DeadlineBatcher open = batcher(session, large, storm)) {
            CompletableFuture<RowOutputs> holder = open.submit(Rows.item(large, 0));
            while (open.queue().rows() != 0) {
                Thread.onSpinWait();
            }
            List<CompletableFuture<RowOutputs>> kept = new ArrayList<>();
            for (int row = 0; row < storm; row++) {
                CompletableFuture<RowOutputs> one = open.submit(Rows.item(large, row));
                if (row % 1000 == 999) {
                    kept.add(one);
                } else {
                    assertTrue(one.cancel(false));
                }
            }
            assertEquals(kept.size(), open.queue().rows());
            runs.release(storm);
            result(holder);
            for (int i = 0; i < kept.size(); i++) {
                assertEquals(2 * (1000 * i + 999), result(kept.get(i)));
            }
            assertEquals(
                    1 + kept.size(),
                    session.batchSizes().stream().mapToInt(Integer::intValue).sum());
            assertEquals(0, large.rows().lentBytes());
            assertEquals(0, large.results().lentBytes());
        }
    }

    /// Several threads come, go and fail at once: each row has one end, and all memory comes back.
    @Property(tries = 10)
    void rows_ofManyThreads_haveOneEndEach(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) throws Exception {
        FakeSession fast = new FakeSession();
        Slab own = new Slab(1 << 20, 1 << 20);
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger ends = new AtomicInteger();
        DeadlineBatcher many = batcher(fast, own, 50);
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            Random random = new Random(seed + thread);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int row = 0; row < 300; row++) {
                    float value = random.nextInt(20) == 0 ? FakeSession.POISON : row;
                    Deadline deadline = random.nextInt(4) == 0
                            ? Deadline.of(
                                    new TimeLimit(Duration.ofNanos(random.nextInt(2_000_000) - 10), true),
                                    System::nanoTime)
                            : Rows.soon();
                    Priority priority = random.nextBoolean() ? Priority.BULK : Priority.INTERACTIVE;
                    CompletableFuture<RowOutputs> one = many.submit(item(own, value, deadline, priority));
                    var _ = one.whenComplete((outputs, failure) -> {
                        ends.incrementAndGet();
                        if (failure == null) {
                            answered.incrementAndGet();
                            outputs.raw().close();
                        }
                    });
                    if (random.nextInt(3) == 0) {
                        one.cancel(false);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        many.close();

        assertEquals(4 * 300, ends.get());
        assertTrue(answered.get() > 0);
        assertEquals(0, fast.faults());
        assertEquals(0, own.rows().lentBytes());
        assertEquals(0, own.results().lentBytes());
        own.close();
    }

    /// @param millis that a run of any size took when it was warmed up
    private DeadlineBatcher warm(long millis) {
        List<WarmUpTimes.Point> points = new ArrayList<>();
        for (int run = 0; run < 8; run++) {
            for (int rows = 1; rows <= MAX_BATCH; rows *= 2) {
                points.add(new WarmUpTimes.Point(List.of(Shape.of(1, 1)), rows, TimeUnit.MILLISECONDS.toNanos(millis)));
            }
        }
        return new DeadlineBatcher(
                List.of(new Lane(session, "infer-warm", MAX_BATCH, new WarmUpTimes(points))),
                true,
                Calm.policy(CAPACITY),
                slab.results(),
                Calm.supervision(),
                Calm.crashes(),
                clock::get);
    }

    private BatchItem asked(float value, Duration timeout) {
        return item(value, Deadline.of(new TimeLimit(timeout, true), clock::get), Priority.INTERACTIVE);
    }

    private BatchItem item(float value, Deadline deadline, Priority priority) {
        return item(slab, value, deadline, priority);
    }

    private static BatchItem item(Slab slab, float value, Deadline deadline, Priority priority) {
        BatchItem item = Rows.item(slab, value, deadline);
        return new BatchItem(item.row(), new Waiter(deadline, priority, Caller.LOCAL), item.input());
    }

    /// Two models, each of which needs two blocks, and room for two: each has taken one before the other asks again.
    @Test
    void run_thatNeedsMoreRoomWhileAnotherDoes_neitherWaitsForTheOther() throws Exception {
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);
        try (Slab tight = new Slab(1 << 20, 2 * 64);
                DeadlineBatcher one = batcher(new TwoOutputs(bothHoldOne), tight);
                DeadlineBatcher other = batcher(new TwoOutputs(bothHoldOne), tight)) {
            CompletableFuture<RowOutputs> first = one.submit(Rows.item(tight, 1));
            CompletableFuture<RowOutputs> second = other.submit(Rows.item(tight, 2));
            // Whichever comes first gives its room back to the other.
            CompletableFuture<Float> sum = first.thenApply(DeadlineBatcherTest::read)
                    .thenCombine(second.thenApply(DeadlineBatcherTest::read), Float::sum);
            assertEquals(3, sum.get(20, TimeUnit.SECONDS));
            assertEquals(0, tight.results().lentBytes());
        }
    }

    /// There is room for what one row needs, but not for a joined input beside its outputs.
    @Test
    void run_tooLargeForTheRoom_isRunRowByRow() throws Exception {
        Semaphore held = new Semaphore(0);
        FakeSession fake = new FakeSession(held);
        try (Slab tight = new Slab(1 << 20, 64);
                DeadlineBatcher small = batcher(fake, tight)) {
            CompletableFuture<RowOutputs> holder = small.submit(Rows.item(tight, 0));
            while (small.queue().rows() != 0) {
                Thread.onSpinWait();
            }
            List<CompletableFuture<RowOutputs>> waiting = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                waiting.add(small.submit(Rows.item(tight, i)));
            }
            held.release(100);
            assertEquals(0, result(holder));
            for (int i = 0; i < waiting.size(); i++) {
                assertEquals(2 * (i + 1), result(waiting.get(i)));
            }
        }
    }

    private static DeadlineBatcher batcher(EngineSession session, Slab slab) {
        return batcher(session, slab, CAPACITY);
    }

    private static DeadlineBatcher batcher(EngineSession session, Slab slab, int capacity) {
        return new DeadlineBatcher(
                List.of(new Lane(session, "infer-tight", MAX_BATCH, WarmUpTimes.NONE)),
                true,
                Calm.policy(capacity),
                slab.results(),
                Calm.supervision(),
                Calm.crashes(),
                System::nanoTime);
    }

    private static float read(RowOutputs outputs) {
        try (var raw = outputs.raw()) {
            return raw.tensors().getLast().f32(0);
        }
    }

    /// Asks for memory twice, and the first time waits in between for another session that does the same.
    private static final class TwoOutputs implements EngineSession {
        private final CyclicBarrier bothHoldOne;
        private boolean met;

        TwoOutputs(CyclicBarrier bothHoldOne) {
            this.bothHoldOne = bothHoldOne;
        }

        @Override
        public ModelSignature signature() {
            throw new IllegalStateException("not asked for");
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            float value = inputs.getFirst().data().get(ValueLayout.JAVA_FLOAT, 0);
            Shape shape = inputs.getFirst().shape();
            MemorySegment first = memory.allocate(Float.BYTES);
            if (!met) {
                met = true;
                try {
                    bothHoldOne.await(20, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            MemorySegment second = memory.allocate(Float.BYTES);
            second.set(ValueLayout.JAVA_FLOAT, 0, value);
            return List.of(
                    new BatchTensor("y", ElementType.FLOAT32, shape, first),
                    new BatchTensor("z", ElementType.FLOAT32, shape, second));
        }

        @Override
        public void close() {}
    }

    @Test
    void close_withRowsWaiting_failsThem() throws Exception {
        CompletableFuture<RowOutputs> holder = batcher.submit(Rows.item(slab, 0));
        awaitDepth(0);
        CompletableFuture<RowOutputs> waiting = batcher.submit(Rows.item(slab, 1));
        Thread closer = Thread.ofVirtual().start(batcher::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        runs.release();
        result(holder);
        assertEquals(Reason.MODEL_NOT_READY, reason(waiting));
        closer.join();
        assertEquals(Reason.MODEL_NOT_READY, reason(batcher.submit(Rows.item(slab, 2))));
    }

    private void awaitDepth(int depth) {
        while (batcher.queue().rows() != depth) {
            Thread.onSpinWait();
        }
    }

    private static float result(CompletableFuture<RowOutputs> future) throws Exception {
        try (var raw = future.get(20, TimeUnit.SECONDS).raw()) {
            return raw.tensors().getFirst().f32(0);
        }
    }

    private static Reason reason(CompletableFuture<RowOutputs> future) {
        return failure(future).reason();
    }

    private static Failure failure(CompletableFuture<RowOutputs> future) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
        assertTrue(future.isCompletedExceptionally());
        return assertInstanceOf(FailureException.class, thrown.getCause()).failure();
    }
}
