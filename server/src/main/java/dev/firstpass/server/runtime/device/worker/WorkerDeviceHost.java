package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.family.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.RowPlanner;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.supervision.Oversight;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Runs native code in worker processes, one for each engine and one that decodes images, so that what crashes takes no
/// more with it than the work under way in its worker. Runs are lost then, and the next run of each session starts a new
/// worker and opens the session's file there; images are decoded once more.
///
/// Rows and results stay in the slab, which all processes map; a run costs two or three wake-ups more than in process,
/// and decoding a copy of the asset's bytes. The workers are **not walled off yet**: they may read and connect to
/// whatever this user may.
///
/// Thread-safe.
public final class WorkerDeviceHost implements DeviceHost {
    private final String device;
    private final Map<EngineKind, SupervisedWorker> workers;
    private final RemoteRowDecoder decoder;
    private final RowPlanner planner;

    private WorkerDeviceHost(
            String device, Map<EngineKind, SupervisedWorker> workers, RemoteRowDecoder decoder, RowPlanner planner) {
        this.device = device;
        this.workers = workers;
        this.decoder = decoder;
        this.planner = planner;
    }

    /// A host whose worker for images begins to start; the others start with the first model that they open.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows are made and results put; not closed
    /// @param lanes images that are decoded at a time
    public static WorkerDeviceHost begin(
            String device, ImageLimits images, Slab slab, int lanes, WorkerOptions options, Oversight oversight) {
        return begin(device, images, slab, lanes, new WorkerCommand(options), oversight);
    }

    /// A host with workers of another kind.
    static WorkerDeviceHost begin(
            String device, ImageLimits images, Slab slab, int lanes, WorkerCommand command, Oversight oversight) {
        RemoteRowDecoder decoder = RemoteRowDecoder.begin(device, command, slab.memory(), images, lanes, oversight);
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
        return new WorkerDeviceHost(device, workers, decoder, new RowPlanner(new ImageDecoder(images), slab, decoder));
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

    /// The process that decodes images now; empty while none does.
    public Optional<Long> decoderPid() {
        return decoder.workerPid();
    }

    /// How the workers stand; does not block.
    public List<WorkerReport> reports() {
        return Stream.concat(workers.values().stream().map(SupervisedWorker::report), Stream.of(decoder.report()))
                .toList();
    }

    @Override
    public int worthwhileBatch() {
        return CPU_BATCH;
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

    /// Waits for the worker that decodes.
    ///
    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST if it does not start
    /// @throws NotWalledException if it must be walled in and is not
    @Override
    public void warmUp() {
        planner.warmUp();
    }

    @Override
    public RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline)
            throws InterruptedException {
        return planner.plan(bytes, input, sources, deadline);
    }

    @Override
    public void close() {
        workers.values().forEach(SupervisedWorker::close);
        decoder.close();
    }
}
