package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.ForwardingSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.util.List;
import java.util.function.LongSupplier;

/// A session whose runs are ended at the limit, for runs that no batcher makes. One that was ended so fails.
///
/// As the session is. Closing it leaves the session open.
public final class LimitedSession extends ForwardingSession {
    /// What is said of a run that was ended at the limit.
    public static final String TOO_LONG = "a run took too long and was ended";

    private final RunLimit limit;

    public LimitedSession(EngineSession session, Supervision supervision, LongSupplier nanoClock) {
        super(session);
        this.limit = new RunLimit(session, supervision.runLimit(), supervision.watchdog(), nanoClock);
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        prepare();
        limit.begin(RunLimit.FOR_EVER);
        try {
            return super.run(inputs, limit.unlimited(memory));
        } catch (RuntimeException e) {
            if (limit.end() != RunLimit.Cut.NONE) {
                throw new EngineException(TOO_LONG, e);
            }
            throw e;
        } finally {
            var _ = limit.end();
        }
    }

    @Override
    public void close() {
        limit.close();
    }
}
