package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.nio.file.Path;
import java.util.List;

/// A session that outlives workers: the run under way when one is lost fails with WORKER_LOST, and the next run opens
/// the file again in a new one.
///
/// For one thread at a time.
final class WorkerSession implements EngineSession {
    private final WorkerDeviceHost host;
    private final EngineKind engine;
    private final Path file;
    private RemoteSession remote;

    /// Takes ownership of `remote`.
    WorkerSession(WorkerDeviceHost host, EngineKind engine, Path file, RemoteSession remote) {
        this.host = host;
        this.engine = engine;
        this.file = file;
        this.remote = remote;
    }

    @Override
    public ModelSignature signature() {
        return remote.signature();
    }

    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST as well
    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        if (remote.isLost()) {
            openAgain();
        }
        try {
            List<BatchTensor> outputs = remote.run(inputs, memory);
            host.worked();
            return outputs;
        } catch (WorkerLostException e) {
            throw WorkerDeviceHost.lost(e);
        }
    }

    private void openAgain() {
        RemoteSession fresh = host.openRemote(engine, file);
        if (!fresh.signature().equals(remote.signature())) {
            fresh.close();
            throw new EngineException("the model file is not what it was when it was opened first");
        }
        remote.close();
        remote = fresh;
    }

    @Override
    public void close() {
        remote.close();
    }
}
