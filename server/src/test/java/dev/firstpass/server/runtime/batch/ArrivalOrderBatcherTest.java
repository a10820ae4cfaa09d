package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ArrivalOrderBatcherTest {
    private static final int MAX_BATCH = 4;
    private static final int CAPACITY = 6;

    /// Holds runs back until a test lets them go.
    private final Semaphore runs = new Semaphore(0);
    private final FakeSession session = new FakeSession(runs);
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final AtomicLong clock = new AtomicLong();
    private final ArrivalOrderBatcher batcher = new ArrivalOrderBatcher(
            session, "infer-test", FakeSession.INPUT, MAX_BATCH, CAPACITY, slab.results(), clock::get);

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
    }

    @Test
    void submit_queueFull_isOverloadedAtOnce() throws Exception {
        List<CompletableFuture<RowOutputs>> accepted = new ArrayList<>();
        accepted.add(batcher.submit(Rows.item(slab, 0)));
        awaitDepth(0);
        for (int i = 0; i < CAPACITY; i++) {
            accepted.add(batcher.submit(Rows.item(slab, i)));
        }
        assertEquals(Reason.OVERLOADED, reason(batcher.submit(Rows.item(slab, 9))));
        runs.release(3);
        for (CompletableFuture<RowOutputs> future : accepted) {
            result(future);
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
        while (batcher.depth() != depth) {
            Thread.onSpinWait();
        }
    }

    private static float result(CompletableFuture<RowOutputs> future) throws Exception {
        try (var raw = future.get(20, TimeUnit.SECONDS).raw()) {
            return raw.tensors().getFirst().f32(0);
        }
    }

    private static Reason reason(CompletableFuture<RowOutputs> future) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
        assertTrue(future.isCompletedExceptionally());
        return assertInstanceOf(FailureException.class, thrown.getCause())
                .failure()
                .reason();
    }
}
