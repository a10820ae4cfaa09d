package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.Rows;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of rows whose model fails though its process lives.
final class FailingRunsTest {
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final BreakingSession session = new BreakingSession();
    private final DeadlineBatcher batcher = new DeadlineBatcher(
            List.of(new Lane(session, "infer-test", 4, WarmUpTimes.NONE)),
            true,
            Calm.policy(16),
            slab.results(),
            Calm.supervision(),
            Calm.crashes(),
            System::nanoTime);

    @AfterEach
    void everythingIsGivenBack() {
        batcher.close();
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    @Test
    void row_thatIsOneTooMany_isRunAgainInAnotherProcess() throws Exception {
        assertEquals(2, result(1));
        session.broken = true;
        assertFailures(2, 3, 4, 5);

        assertEquals(12, result(6));
        assertEquals(1, session.renewals.get());
        assertEquals(14, result(7));
    }

    @Test
    void rows_thatFailInEveryProcess_costOne() throws Exception {
        assertEquals(2, result(1));
        session.broken = true;
        session.renewalHelps = false;

        assertFailures(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        assertEquals(1, session.renewals.get());
    }

    @Test
    void rows_thatFailFromTheFirstOn_costNone() {
        session.broken = true;

        assertFailures(2, 3, 4, 5, 6, 7, 8);
        assertEquals(0, session.renewals.get());
    }

    @Test
    void rows_whoseProcessStays_failAndAreTriedAgainInAnotherLater() throws Exception {
        assertEquals(2, result(1));
        session.broken = true;
        session.mayBeRenewed = false;
        assertFailures(2, 3, 4, 5, 6, 7);

        session.mayBeRenewed = true;
        assertEquals(16, result(8));
    }

    private void assertFailures(float... values) {
        for (float value : values) {
            ExecutionException thrown = assertThrows(ExecutionException.class, () -> result(value));
            assertEquals(Reason.MODEL_FAILED, Failures.of(thrown).reason());
        }
    }

    private float result(float value) throws Exception {
        try (var raw =
                batcher.submit(Rows.item(slab, value)).get(20, TimeUnit.SECONDS).raw()) {
            return raw.tensors().getFirst().f32(0);
        }
    }

    /// Doubles floats unless its process is broken. Changed while no run is under way.
    private static final class BreakingSession implements EngineSession {
        private final FakeSession fake = new FakeSession();
        private volatile boolean broken;
        private volatile boolean renewalHelps = true;
        private volatile boolean mayBeRenewed = true;
        private final AtomicInteger renewals = new AtomicInteger();

        @Override
        public ModelSignature signature() {
            return fake.signature();
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            if (broken) {
                throw new EngineException("test");
            }
            return fake.run(inputs, memory);
        }

        @Override
        public boolean renew() {
            if (mayBeRenewed) {
                renewals.incrementAndGet();
                broken = broken && !renewalHelps;
            }
            return mayBeRenewed;
        }

        @Override
        public void close() {}
    }
}
