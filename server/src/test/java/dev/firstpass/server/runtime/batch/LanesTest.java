package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One queue in front of two devices.
@Timeout(60)
final class LanesTest {
    private static final int MANY = 40;

    /// Hold the runs of each device back.
    private final Semaphore firstRuns = new Semaphore(0);

    private final Semaphore secondRuns = new Semaphore(0);
    private final FragileSession first = new FragileSession(new FakeSession(firstRuns));
    private final FragileSession second = new FragileSession(new FakeSession(secondRuns));
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final List<CompletableFuture<RowOutputs>> submitted = new ArrayList<>();
    /// How often each thread has looked at the clock, which a lane does whenever it asks what to run.
    private final Map<String, Integer> looks = new ConcurrentHashMap<>();

    private final DeadlineBatcher batcher = new DeadlineBatcher(
            List.of(
                    new Lane(first, "infer-first", 1, WarmUpTimes.NONE),
                    new Lane(second, "infer-second", 2, WarmUpTimes.NONE)),
            true,
            Calm.policy(4 * MANY),
            slab.results(),
            Calm.supervision(),
            Calm.crashes(),
            this::look);

    private long look() {
        looks.merge(Thread.currentThread().getName(), 1, Integer::sum);
        return System.nanoTime();
    }

    @AfterEach
    void everythingIsGivenBack() {
        firstRuns.release(1000);
        secondRuns.release(1000);
        first.mended.countDown();
        second.mended.countDown();
        batcher.close();
        assertEquals(0, first.fake.faults() + second.fake.faults());
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    @Test
    void rows_whileOneDeviceIsBusy_allRunOnTheOther() throws Exception {
        secondRuns.release(1000);
        submitUntil(firstRuns::hasQueuedThreads);
        int held = submitted.size();

        submit(MANY);

        assertDoubled(held, held + MANY);
        firstRuns.release(1);
        assertDoubled(0, held);
        assertEquals(List.of(1), first.fake.batchSizes());
    }

    @Test
    void rows_thatWait_runInWhatEachDeviceTakesAtMost() throws Exception {
        submitUntil(() -> firstRuns.hasQueuedThreads() && secondRuns.hasQueuedThreads());
        submit(MANY);
        secondRuns.release(1000);
        while (second.fake.batchSizes().stream().noneMatch(rows -> rows == 2)) {
            Thread.onSpinWait();
        }
        firstRuns.release(1000);

        assertDoubled(0, submitted.size());
        assertTrue(first.fake.batchSizes().stream().allMatch(rows -> rows == 1), "of one row");
        assertTrue(second.fake.batchSizes().stream().anyMatch(rows -> rows == 2), "of two rows");
    }

    /// It would find nothing, and take a core from the run for that.
    @Test
    void row_thatOneDeviceHasTaken_wakesNoOther() throws Exception {
        while (!looks.containsKey("infer-first") || !looks.containsKey("infer-second")) {
            Thread.onSpinWait();
        }
        // Whoever has looked at the clock waits when it lets the lock go that this asks for.
        assertEquals(0, batcher.queue().rows());
        int before = looks.get("infer-second");

        submit(1);
        firstRuns.release();
        assertDoubled(0, 1);
        batcher.close();

        assertEquals(before, looks.get("infer-second"));
    }

    @Test
    void close_whileBothDevicesAreBusy_waitsForBoth() throws Exception {
        submitUntil(() -> firstRuns.hasQueuedThreads() && secondRuns.hasQueuedThreads());
        CompletableFuture<RowOutputs> waiting = batcher.submit(Rows.item(slab, 7));
        Thread closer = Thread.ofVirtual().start(batcher::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }

        secondRuns.release();
        assertEquals(Reason.MODEL_NOT_READY, reason(waiting));
        assertTrue(closer.isAlive(), "one device is busy still");
        firstRuns.release();
        closer.join();

        assertEquals(List.of(1), first.fake.batchSizes());
        assertEquals(1, second.fake.batchSizes().size());
        for (int i = 0; i < submitted.size(); i++) {
            assertTrue(submitted.get(i).isDone());
            if (!submitted.get(i).isCompletedExceptionally()) {
                assertDoubled(i, i + 1);
            }
        }
    }

    /// Else they would wait for a process to start, while another device could run them.
    @Test
    void rows_whileADeviceGetsItsProcessBack_allRunOnTheOther() throws Exception {
        first.loseProcess();
        firstRuns.release(1000);
        secondRuns.release(1000);
        submitUntil(() -> first.prepared.get() == 1);

        submit(MANY);

        assertDoubled(0, submitted.size());
        assertEquals(List.of(), first.fake.batchSizes());
        first.mended.countDown();
        int before = submitted.size();
        submitUntil(() -> !first.fake.batchSizes().isEmpty());
        assertDoubled(before, submitted.size());
    }

    @Test
    void rows_whileADeviceCannotGetItsProcessBack_allRunOnTheOther() throws Exception {
        first.loseProcessForGood();
        secondRuns.release(1000);
        submitUntil(() -> first.prepared.get() > 0);

        submit(MANY);

        assertDoubled(0, submitted.size());
    }

    @Test
    void rows_whileADeviceRunsOutOfMemoryOverIt_allRunOnTheOther() throws Exception {
        first.loseProcess(() -> {
            throw new OutOfMemoryError("test");
        });
        secondRuns.release(1000);
        submitUntil(() -> first.prepared.get() > 0);

        submit(MANY);

        assertDoubled(0, submitted.size());
    }

    /// As with one device: they are told, and do not wait for their deadlines.
    @Test
    void rows_whileNoDeviceCanRunThem_areToldSo() {
        first.loseProcessForGood();
        second.loseProcessForGood();

        assertEquals(Reason.WORKER_LOST, reason(batcher.submit(Rows.item(slab, 1))));
        assertEquals(Reason.WORKER_LOST, reason(batcher.submit(Rows.item(slab, 2))));
    }

    @Test
    void row_lostWithAProcessThatDoesNotComeBack_runsOnTheOtherDevice() throws Exception {
        first.loseNextRunForGood();
        firstRuns.release(1000);
        secondRuns.release(1000);
        submitUntil(() -> first.prepared.get() > 0);

        assertDoubled(0, submitted.size());
        assertEquals(List.of(), first.fake.batchSizes());
    }

    private void submit(int rows) {
        for (int i = 0; i < rows; i++) {
            submitted.add(batcher.submit(Rows.item(slab, submitted.size())));
        }
    }

    /// One row after the other, each once the last has left the queue.
    private void submitUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (batcher.queue().rows() == 0) {
                assertTrue(submitted.size() < 10_000, "it does not come to pass");
                submit(1);
            }
            Thread.onSpinWait();
        }
    }

    /// Of the rows that were submitted, those from one up to another.
    private void assertDoubled(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            try (var raw = submitted.get(i).get(20, TimeUnit.SECONDS).raw()) {
                assertEquals(2 * i, raw.tensors().getFirst().f32(0));
            }
        }
    }

    private static Reason reason(CompletableFuture<RowOutputs> future) {
        assertFalse(future.isCancelled());
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
        return Failures.of(thrown).reason();
    }

    /// A session whose process is lost, and comes back when a test says so, or never.
    ///
    /// Thread-safe.
    private static final class FragileSession implements EngineSession {
        final FakeSession fake;
        final CountDownLatch mended = new CountDownLatch(1);
        final AtomicInteger prepared = new AtomicInteger();
        private volatile boolean isLost;
        private volatile Runnable trouble = () -> {};
        private volatile boolean losesNextRun;

        FragileSession(FakeSession fake) {
            this.fake = fake;
        }

        void loseProcess() {
            isLost = true;
        }

        void loseProcessForGood() {
            loseProcess(() -> {
                throw new RunLostException("test", false, new IllegalStateException());
            });
        }

        /// @param trouble when it is to come back
        void loseProcess(Runnable trouble) {
            this.trouble = trouble;
            isLost = true;
        }

        void loseNextRunForGood() {
            losesNextRun = true;
        }

        @Override
        public boolean isReady() {
            return !isLost;
        }

        @Override
        public void prepare() {
            if (!isLost) {
                return;
            }
            prepared.incrementAndGet();
            trouble.run();
            try {
                mended.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
            isLost = false;
        }

        @Override
        public ModelSignature signature() {
            return fake.signature();
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            if (losesNextRun) {
                loseProcessForGood();
                throw new RunLostException("test", true, new IllegalStateException());
            }
            return fake.run(inputs, memory);
        }

        @Override
        public void close() {
            fake.close();
        }
    }
}
