package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RunLimitTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final AtomicLong clock = new AtomicLong(-5);
    private final Session session = new Session();
    private final RunLimit limit = new RunLimit(session, Duration.ofSeconds(60), _ -> () -> {}, clock::get);

    @Test
    void run_withinItsLimit_isLeftAlone() {
        limit.begin(LONG);
        look(59);
        assertEquals(RunLimit.Cut.NONE, limit.end());
        look(100);
        assertEquals(0, session.asked);
    }

    @Test
    void run_overItsLimit_isAskedOnceAndEndedASecondLater() {
        limit.begin(LONG);
        look(60);
        look(0);
        assertEquals(1, session.asked);
        assertEquals(0, session.aborted);
        look(1);
        assertEquals(1, session.aborted);
        assertEquals(RunLimit.Cut.HUNG, limit.end());
    }

    @Test
    void run_thatNobodyWantsAnyMore_isAskedAndNotEnded() {
        limit.begin(Duration.ofSeconds(3));
        look(3);
        assertEquals(1, session.asked);
        look(50);
        assertEquals(1, session.asked);
        assertEquals(0, session.aborted);
        assertEquals(RunLimit.Cut.UNWANTED, limit.end());
    }

    /// Opening the model again comes before a run, and takes as long as it takes.
    @Test
    void run_thatTheEngineCannotBeAskedToEnd_isAskedAgain() {
        session.canBeAsked = false;
        limit.begin(LONG);
        look(60);
        assertEquals(RunLimit.Cut.NONE, limit.end());
    }

    @Test
    void run_afterOneThatWasCut_beginsAnew() {
        limit.begin(LONG);
        look(60);
        assertEquals(RunLimit.Cut.HUNG, limit.end());
        limit.begin(LONG);
        look(1);
        assertEquals(RunLimit.Cut.NONE, limit.end());
    }

    @Test
    void waitForMemory_isNotCounted() {
        limit.begin(LONG);
        OutputMemory memory = limit.unlimited(_ -> {
            look(1000);
            return MemorySegment.NULL;
        });
        var _ = memory.allocate(1);
        look(59);
        assertEquals(RunLimit.Cut.NONE, limit.end());
        assertEquals(0, session.asked);
    }

    private void look(int secondsLater) {
        clock.addAndGet(Duration.ofSeconds(secondsLater).toNanos());
        limit.check();
    }

    /// Counts how often it is asked to end a run, and how often it is made to.
    private static final class Session implements EngineSession {
        private boolean canBeAsked = true;
        private int asked;
        private int aborted;

        @Override
        public ModelSignature signature() {
            throw new IllegalStateException("not asked for");
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            throw new IllegalStateException("not asked for");
        }

        @Override
        public boolean interrupt() {
            asked++;
            return canBeAsked;
        }

        @Override
        public void abort() {
            aborted++;
        }

        @Override
        public void close() {}
    }
}
