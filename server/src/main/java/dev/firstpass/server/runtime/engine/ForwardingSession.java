package dev.firstpass.server.runtime.engine;

import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;
import java.util.Optional;

/// A session that is another one but for what a subclass changes.
///
/// As the other one is. Closing it closes the other one.
public abstract class ForwardingSession implements EngineSession {
    private final EngineSession session;

    protected ForwardingSession(EngineSession session) {
        this.session = session;
    }

    @Override
    public ModelSignature signature() {
        return session.signature();
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        return session.run(inputs, memory);
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
    public boolean interrupt() {
        return session.interrupt();
    }

    @Override
    public void abort() {
        session.abort();
    }

    @Override
    public boolean renew() {
        return session.renew();
    }

    @Override
    public void close() {
        session.close();
    }
}
