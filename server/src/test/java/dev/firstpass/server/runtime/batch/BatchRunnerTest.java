package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a runner does with a session that cannot be made ready.
final class BatchRunnerTest {
    private static final int ENOUGH = 5;

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final AtomicInteger crashLoops = new AtomicInteger();
    private final List<Ticket> leftToOthers = new ArrayList<>();

    @AfterEach
    void close() {
        leftToOthers.forEach(ticket -> ticket.item().row().close());
        assertEquals(0, slab.rows().lentBytes());
        slab.close();
    }

    /// Else it would take its worker from other models for ever.
    @Test
    void prepare_thatLosesTheProcessTimeAfterTime_isFoundOut() {
        BatchRunner runner = runner(new RunLostException("test", false, new IllegalStateException()));

        for (int i = 0; i < ENOUGH; i++) {
            assertThrows(RunLostException.class, runner::prepare);
        }

        assertEquals(1, crashLoops.get());
        FailureException refused = assertThrows(FailureException.class, runner::prepare);
        assertEquals(Reason.MODEL_NOT_READY, refused.failure().reason());
        runner.close();
    }

    @Test
    void run_withoutAProcess_leavesItsRowsToOthers() {
        BatchRunner runner = runner(Failure.of(Reason.WORKER_LOST, "test").asException());
        Ticket row = new Ticket(Rows.item(slab, 1), new CompletableFuture<>(), 0, false);

        runner.run(List.of(row));

        assertEquals(List.of(row), leftToOthers);
        assertFalse(row.future().isDone());
        runner.close();
    }

    private BatchRunner runner(RuntimeException whenPrepared) {
        return new BatchRunner(
                new Unready(whenPrepared),
                4,
                slab.results(),
                Calm.supervision(),
                new CrashLoop(System::nanoTime, crashLoops::incrementAndGet),
                new RunTally(),
                (rows, _) -> leftToOthers.addAll(rows),
                System::nanoTime);
    }

    private record Unready(RuntimeException whenPrepared) implements EngineSession {
        @Override
        public ModelSignature signature() {
            return new ModelSignature(List.of(), List.of(), Map.of());
        }

        @Override
        public void prepare() {
            throw whenPrepared;
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            throw whenPrepared;
        }

        @Override
        public void close() {}
    }
}
