package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.nio.file.Path;
import java.util.List;

/// A session that outlives workers: the run under way when one is lost fails with WORKER_LOST, and the next run opens
/// the file again in a new one.
///
/// For one thread at a time.
final class WorkerSession implements EngineSession {
    private final SupervisedWorker worker;
    private final EngineKind engine;
    private final Path file;
    private final SavedGraph graph;
    private RemoteSession remote;

    private WorkerSession(SupervisedWorker worker, EngineKind engine, Path file, SavedGraph graph, RemoteSession remote) {
        this.worker = worker;
        this.engine = engine;
        this.file = file;
        this.graph = graph;
        this.remote = remote;
    }

    /// Opens a file in a worker, which is started if need be.
    ///
    /// @throws EngineException if the file cannot be run
    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST if the worker is lost over it
    static WorkerSession open(SupervisedWorker worker, EngineKind engine, Path file, SavedGraph graph) {
        return new WorkerSession(worker, engine, file, graph, worker.with(process -> process.open(engine, file, graph)));
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
            worker.worked();
            return outputs;
        } catch (WorkerLostException e) {
            throw SupervisedWorker.lost(e);
        }
    }

    private void openAgain() {
        RemoteSession fresh = worker.with(process -> process.open(engine, file, graph));
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
