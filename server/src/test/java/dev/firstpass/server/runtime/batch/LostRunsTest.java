package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.CountedLosses;
import dev.firstpass.server.runtime.fake.LosingSession;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of rows whose worker ends.
final class LostRunsTest {
    private final AtomicLong clock = new AtomicLong();
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final CountedLosses heard = new CountedLosses();
    private final Quarantine quarantine = new Quarantine(clock::get, heard);
    private final AtomicInteger crashLoops = new AtomicInteger();
    private final LosingSession session = new LosingSession();
    private final DeadlineBatcher batcher = new DeadlineBatcher(
            List.of(new Lane(session, "infer-test", 4, WarmUpTimes.NONE)),
            true,
            Calm.policy(16),
            slab.results(),
            new Supervision(quarantine, _ -> () -> {}, Duration.ofMinutes(1)),
            new CrashLoop(clock::get, crashLoops::incrementAndGet),
            clock::get);

    @AfterEach
    void everythingIsGivenBack() {
        session.letGo();
        batcher.close();
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    @Test
    void row_thatIsLostOnce_isRunAgainAlone() throws Exception {
        session.loseNext(1);
        session.letGo();

        assertEquals(6, result(submit(3)));
        assertEquals(List.of("1", "1 alone"), session.runs());
        assertFalse(quarantine.holds(Rows.key(3)));
    }

    @Test
    void row_thatIsLostTwice_isQuarantined() {
        session.deadly(3);
        session.letGo();

        assertEquals(Reason.INPUT_QUARANTINED, reason(submit(3)));
        assertTrue(quarantine.holds(Rows.key(3)));
        assertEquals(1, heard.inputs());
    }

    @Test
    void batchMates_ofARowThatIsLostTwice_succeed() throws Exception {
        session.deadly(3);
        List<CompletableFuture<RowOutputs>> batch = batch(2, 3, 4);
        session.letGo();

        assertEquals(4, result(batch.get(0)));
        assertEquals(Reason.INPUT_QUARANTINED, reason(batch.get(1)));
        assertEquals(8, result(batch.get(2)));
        assertEquals(List.of("1", "3", "1 alone", "1 alone", "1 alone"), session.runs());
        assertFalse(quarantine.holds(Rows.key(2)));
    }

    @Test
    void row_whoseDeadlineIsOverAfterTheLoss_isNotRunAgain() {
        session.loseNext(1);
        session.whenLost(() -> clock.set(10));
        CompletableFuture<RowOutputs> late =
                batcher.submit(Rows.item(slab, 3, Deadline.after(Duration.ofNanos(5), clock::get)));
        session.letGo();

        assertEquals(Reason.DEADLINE_EXCEEDED, reason(late));
        assertEquals(List.of("1"), session.runs());
    }

    @Test
    void row_thatIsLostTwiceInCompany_isWorkerLostAndNotBlamed() {
        session.keepOthersRunning();
        session.deadly(3);
        session.letGo();

        assertEquals(Reason.WORKER_LOST, reason(submit(3)));
        assertFalse(quarantine.holds(Rows.key(3)));
        assertEquals(List.of("1", "1"), session.runs());
    }

    @Test
    void row_whoseModelCannotBeOpenedAgain_isWorkerLostAndNotBlamed() {
        session.deadlyToOpen();
        session.letGo();

        assertEquals(Reason.WORKER_LOST, reason(submit(3)));
        assertFalse(quarantine.holds(Rows.key(3)));
    }

    @Test
    void version_thatLosesEveryRow_isFoundOut() {
        session.deadly(1, 2, 3, 4, 5);
        session.letGo();
        Stream.of(1, 2, 3, 4, 5).forEach(value -> assertEquals(Reason.INPUT_QUARANTINED, reason(submit(value))));

        assertEquals(Reason.MODEL_NOT_READY, reason(submit(6)));
        assertEquals(1, crashLoops.get());
    }

    private CompletableFuture<RowOutputs> submit(float value) {
        return batcher.submit(Rows.item(slab, value));
    }

    /// Rows that run together: another one runs until they wait.
    private List<CompletableFuture<RowOutputs>> batch(float... values) {
        CompletableFuture<RowOutputs> holder = submit(0);
        while (batcher.queue().rows() != 0) {
            Thread.onSpinWait();
        }
        var _ = holder.thenAccept(outputs -> outputs.raw().close());
        List<CompletableFuture<RowOutputs>> batch = new ArrayList<>();
        for (float value : values) {
            batch.add(submit(value));
        }
        return batch;
    }

    private static float result(CompletableFuture<RowOutputs> future) throws Exception {
        try (var raw = future.get(20, TimeUnit.SECONDS).raw()) {
            return raw.tensors().getFirst().f32(0);
        }
    }

    private static Reason reason(CompletableFuture<RowOutputs> future) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
        return Failures.of(thrown).reason();
    }
}
