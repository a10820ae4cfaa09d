package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.CudaLibraries;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.supervision.Oversight;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Runs models in worker processes, one for each engine, so that what crashes takes no more with it than the runs under
/// way in its worker. The next run of each session then starts a new worker and opens the session's file there.
///
/// Rows and results stay in the slab, which all processes map; a run costs two or three wake-ups more than in process.
/// The workers wall themselves in before they load anything native, as far as the kernel lets them, and see of several
/// GPUs one.
///
/// Thread-safe.
public final class WorkerDeviceHost implements DeviceHost {
    private final String device;
    private final WorkerDevice on;
    private final int threads;
    private final Map<EngineKind, SupervisedWorker> workers;

    private WorkerDeviceHost(String device, WorkerDevice on, int threads, Map<EngineKind, SupervisedWorker> workers) {
        this.device = device;
        this.on = on;
        this.threads = threads;
        this.workers = workers;
    }

    /// A host whose workers start with the first model that they open.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows lie and results are put; not closed
    public static WorkerDeviceHost of(String device, Slab slab, WorkerOptions options, Oversight oversight) {
        return of(device, slab, new WorkerCommand(options), oversight);
    }

    /// A host with workers of another kind.
    static WorkerDeviceHost of(String device, Slab slab, WorkerCommand command, Oversight oversight) {
        Map<EngineKind, SupervisedWorker> workers = new EnumMap<>(EngineKind.class);
        for (EngineKind engine : EngineKind.values()) {
            workers.put(
                    engine,
                    new SupervisedWorker(
                            device,
                            WorkerRole.of(engine),
                            command,
                            slab.memory(),
                            slab.memory().segment().byteSize(),
                            oversight));
        }
        return new WorkerDeviceHost(
                device, command.options().device(), command.options().engineThreads(), workers);
    }

    /// On a GPU, starts the worker of ONNX Runtime, which tries it, and waits for that. It stays for the models to come.
    ///
    /// @throws EngineException if the GPU cannot be used in a worker
    /// @throws NotWalledException if the worker must be walled in and is not
    @Override
    public void tryOut() {
        switch (on) {
            case WorkerDevice.Cpu _ -> {}
            case WorkerDevice.Cuda _ -> {
                try {
                    worker(EngineKind.ONNX).start();
                } catch (FailureException e) {
                    throw new EngineException(
                            "ONNX Runtime cannot use " + on.device().id()
                                    + " in a worker: its process ended, and the log may say why ("
                                    + CudaLibraries.INSTEAD_OF_WALLS + ")",
                            e);
                }
            }
        }
    }

    /// Deletes what a server that was killed has left in its folder for workers.
    ///
    /// @param folder that no other server uses
    public static void sweep(Path folder) {
        WorkerFolder.sweep(folder);
    }

    private SupervisedWorker worker(EngineKind engine) {
        return Objects.requireNonNull(workers.get(engine));
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public EngineSession open(EngineKind engine, Path file) {
        return open(engine, file, SavedGraph.NONE);
    }

    @Override
    public EngineSession open(EngineKind engine, Path file, SavedGraph graph) {
        return WorkerSession.open(worker(engine), engine, file, graph);
    }

    /// The process that runs this engine's models now; empty while none does.
    public Optional<Long> workerPid(EngineKind engine) {
        return worker(engine).pid();
    }

    /// How the workers stand; does not block.
    public List<WorkerReport> reports() {
        return workers.values().stream().map(SupervisedWorker::report).toList();
    }

    @Override
    public int threads(EngineKind engine) {
        return threads;
    }

    @Override
    public int worthwhileBatch() {
        return DeviceHost.worthwhileBatch(on.device().id());
    }

    /// The workers give free memory back by themselves, when they close a session.
    @Override
    public long reclaim() {
        return workers.values().stream().mapToLong(SupervisedWorker::heldBytes).sum();
    }

    @Override
    public void endIfUnused() {
        workers.values().forEach(SupervisedWorker::endIfUnused);
    }

    @Override
    public void close() {
        workers.values().forEach(SupervisedWorker::close);
    }
}
