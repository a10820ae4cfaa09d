package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// A session whose runs are ended at the limit, for runs that no batcher makes. One that was ended so fails.
///
/// As the session is. Closing it leaves the session open.
public final class LimitedSession implements EngineSession {
    private final EngineSession session;
    private final RunLimit limit;

    public LimitedSession(EngineSession session, Supervision supervision, LongSupplier nanoClock) {
        this.session = session;
        this.limit = new RunLimit(session, supervision.runLimit(), supervision.watchdog(), nanoClock);
    }

    @Override
    public ModelSignature signature() {
        return session.signature();
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        session.prepare();
        limit.begin(RunLimit.FOR_EVER);
        try {
            return session.run(inputs, limit.unlimited(memory));
        } catch (RuntimeException e) {
            if (limit.end() != RunLimit.Cut.NONE) {
                throw new EngineException("a run took too long and was ended", e);
            }
            throw e;
        } finally {
            var _ = limit.end();
        }
    }

    @Override
    public Optional<Turn> alone() {
        return session.alone();
    }

    @Override
    public boolean isReady() {
        return session.isReady();
    }

    @Override
    public void prepare() {
        session.prepare();
    }

    @Override
    public void endWarmUp() {
        session.endWarmUp();
    }

    @Override
    public boolean renew() {
        return session.renew();
    }

    @Override
    public boolean interrupt() {
        return session.interrupt();
    }

    @Override
    public void abort() {
        session.abort();
    }

    @Override
    public void close() {
        limit.close();
    }
}
