package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.family.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Runs engines in worker processes, one for each engine, so that a model that crashes takes no more with it than the
/// runs under way in its worker: they fail with WORKER_LOST, and the next run of each session starts a new worker and
/// opens the session's file there.
///
/// Rows and results stay in the slab, which all processes map; a run costs two or three wake-ups more than in process.
/// **Images are still decoded in the server's own process**, and the workers are not walled off yet: they may read and
/// connect to whatever this user may.
///
/// Thread-safe.
public final class WorkerDeviceHost implements DeviceHost {
    private final InProcessDeviceHost decoding;
    private final Map<WorkerRole, SupervisedWorker> workers;

    private WorkerDeviceHost(InProcessDeviceHost decoding, Map<WorkerRole, SupervisedWorker> workers) {
        this.decoding = decoding;
        this.workers = workers;
    }

    /// Starts the worker that runs ONNX models and waits until it has loaded its engine; TensorFlow's starts with the
    /// first SavedModel.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows are made and results put; not closed
    /// @param engineThreads that one model run may use
    /// @param environment of this process; a worker inherits little of it
    /// @throws EngineException if an engine does not load
    /// @throws FailureException WORKER_LOST if the worker does not start
    public static WorkerDeviceHost start(
            String device,
            ImageDecoder decoder,
            Slab slab,
            int engineThreads,
            Map<String, String> environment,
            LongSupplier nanoClock) {
        WorkerCommand command = new WorkerCommand(engineThreads, environment);
        Map<WorkerRole, SupervisedWorker> workers = new EnumMap<>(WorkerRole.class);
        for (WorkerRole role : WorkerRole.values()) {
            workers.put(role, new SupervisedWorker(device, role, command, slab.memory(), nanoClock));
        }
        WorkerDeviceHost host =
                new WorkerDeviceHost(new InProcessDeviceHost(device, List.of(), decoder, slab), workers);
        host.worker(WorkerRole.ONNX).start();
        return host;
    }

    private SupervisedWorker worker(WorkerRole role) {
        return Objects.requireNonNull(workers.get(role));
    }

    @Override
    public String device() {
        return decoding.device();
    }

    @Override
    public EngineSession open(EngineKind engine, Path file) {
        return WorkerSession.open(worker(WorkerRole.of(engine)), engine, file);
    }

    /// The process that runs this engine's models now; empty while none does.
    public Optional<Long> workerPid(EngineKind engine) {
        return worker(WorkerRole.of(engine)).pid();
    }

    @Override
    public int worthwhileBatch() {
        return decoding.worthwhileBatch();
    }

    @Override
    public void warmUp() {
        decoding.warmUp();
    }

    @Override
    public RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline)
            throws InterruptedException {
        return decoding.plan(bytes, input, sources, deadline);
    }

    @Override
    public void close() {
        workers.values().forEach(SupervisedWorker::close);
        decoding.close();
    }
}
