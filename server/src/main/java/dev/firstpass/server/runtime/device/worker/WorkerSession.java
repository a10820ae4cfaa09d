package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A session that outlives workers: the run under way when one is lost fails, and the next run opens the file again in a
/// new one.
///
/// For one thread at a time, apart from `endWarmUp`, `interrupt` and `abort`.
final class WorkerSession implements EngineSession {
    private final SupervisedWorker worker;
    private final EngineKind engine;
    private final Path file;
    private final SavedGraph graph;
    private volatile RemoteSession remote;
    private volatile boolean warmUp = true;

    private WorkerSession(
            SupervisedWorker worker, EngineKind engine, Path file, SavedGraph graph, RemoteSession remote) {
        this.worker = worker;
        this.engine = engine;
        this.file = file;
        this.graph = graph;
        this.remote = remote;
    }

    /// Opens a file in a worker, which is started if need be. If the worker is lost over it, it is tried once more, alone
    /// in the next one.
    ///
    /// @throws EngineException if the file cannot be run
    /// @throws RunLostException if the worker is lost again, or does not start
    static WorkerSession open(SupervisedWorker worker, EngineKind engine, Path file, SavedGraph graph) {
        RemoteSession remote;
        try (Turn _ = worker.turn()) {
            remote = openRemote(worker, engine, file, graph);
        } catch (RunLostException _) {
            try (Turn _ = worker.turnAlone().orElseGet(worker::turn)) {
                remote = openRemote(worker, engine, file, graph);
            }
        }
        return new WorkerSession(worker, engine, file, graph, remote);
    }

    private static RemoteSession openRemote(SupervisedWorker worker, EngineKind engine, Path file, SavedGraph graph) {
        return worker.with(process -> {
            try {
                return process.open(engine, file, graph);
            } catch (WorkerLostException e) {
                throw new RunLostException("the worker ended while it opened the model", false, e);
            }
        });
    }

    @Override
    public ModelSignature signature() {
        return remote.signature();
    }

    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST if the worker does not start
    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        try (Turn _ = worker.turn()) {
            openAgainIfLost();
            return remote.run(inputs, memory, warmUp);
        } catch (WorkerLostException e) {
            throw new RunLostException("the worker ended during a run", true, e);
        }
    }

    @Override
    public Optional<Turn> alone() {
        return worker.turnAlone();
    }

    @Override
    public void endWarmUp() {
        warmUp = false;
    }

    @Override
    public boolean isReady() {
        return !remote.isLost();
    }

    @Override
    public void prepare() {
        if (remote.isLost()) {
            try (Turn _ = worker.turn()) {
                openAgainIfLost();
            }
        }
    }

    private void openAgainIfLost() {
        if (!remote.isLost()) {
            return;
        }
        RemoteSession fresh = openRemote(worker, engine, file, graph);
        if (!fresh.signature().equals(remote.signature())) {
            fresh.close();
            throw new EngineException("the model file is not what it was when it was opened first");
        }
        remote.close();
        remote = fresh;
    }

    @Override
    public boolean interrupt() {
        return remote.interrupt();
    }

    @Override
    public void abort() {
        remote.abort();
    }

    /// Nobody else has a run in the worker when it is ended: each of its sessions opens its file again before its next.
    @Override
    public boolean renew() {
        Optional<Turn> alone = worker.renewals().mayBeDone() ? worker.turnAlone() : Optional.empty();
        if (alone.isEmpty()) {
            return false;
        }
        try (Turn _ = alone.get()) {
            // Another session may have had it ended meanwhile.
            if (!remote.isLost() && worker.renewals().begin()) {
                remote.endWorker(Loss.FAILING);
            }
            return remote.isLost();
        }
    }

    @Override
    public void close() {
        remote.close();
    }
}
