package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.batch.ArrivalOrderBatcher;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/// Opens a version's model files on a device, warms them up and puts a batcher in front of each.
///
/// Thread-safe. Loading takes as long as the engine needs: for the lifecycle thread.
public final class ServableLoader {
    /// What a model whose input size follows the asset is warmed up with.
    private static final ImageSize TYPICAL_ASSET = new ImageSize(1024, 768);

    private static final long ALIGNMENT = 64;

    private final DeviceHost host;
    private final SavedGraphs graphs;
    private final Slab slab;
    private final int queueCapacity;
    private final LongSupplier nanoClock;

    /// @param host opens the sessions; not closed
    /// @param slab where the batchers put results; not closed
    /// @param queueCapacity rows that may wait per stage
    public ServableLoader(DeviceHost host, Slab slab, int queueCapacity, LongSupplier nanoClock) {
        this(host, SavedGraphs.NONE, slab, queueCapacity, nanoClock);
    }

    /// @param host opens the sessions; not closed
    /// @param graphs kept from one load to the next
    /// @param slab where the batchers put results; not closed
    /// @param queueCapacity rows that may wait per stage
    public ServableLoader(
            DeviceHost host, SavedGraphs graphs, Slab slab, int queueCapacity, LongSupplier nanoClock) {
        this.host = host;
        this.graphs = graphs;
        this.slab = slab;
        this.queueCapacity = queueCapacity;
        this.nanoClock = nanoClock;
    }

    /// Loads a version.
    ///
    /// @param lifecycle runs the closing of what is returned
    /// @throws EngineException if a file cannot be opened, or a warm-up run fails; nothing stays open then
    Servable load(ModelVersion version, Executor lifecycle) {
        Map<String, Servable.LoadedStage> stages = new LinkedHashMap<>();
        try {
            for (StageSpec stage : version.manifest().spec().stages()) {
                stages.put(stage.name(), open(version, stage));
            }
            return new Servable(version, stages, lifecycle);
        } catch (RuntimeException | Error e) {
            stages.values().forEach(Servable.LoadedStage::close);
            throw e;
        }
    }

    /// Opens, warms up and closes a version, one stage after the other, to find out whether it can run at all.
    ///
    /// @throws EngineException if it cannot
    public void tryOut(ModelVersion version) {
        for (StageSpec stage : version.manifest().spec().stages()) {
            try (EngineSession session = openSession(version, stage)) {
                warmUp(session, stage);
            }
        }
    }

    private Servable.LoadedStage open(ModelVersion version, StageSpec stage) {
        EngineSession session = openSession(version, stage);
        try {
            warmUp(session, stage);
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
        String threadName = "infer-" + version.name() + "-v" + version.number() + "-" + host.device();
        return new Servable.LoadedStage(
                new ArrivalOrderBatcher(
                        session,
                        stage.name().equals(StageSpec.MAIN) ? threadName : threadName + "-" + stage.name(),
                        stage.input().name(),
                        Math.min(stage.maxBatch(), host.worthwhileBatch()),
                        queueCapacity,
                        slab.results(),
                        nanoClock),
                session);
    }

    private EngineSession openSession(ModelVersion version, StageSpec stage) {
        return host.open(
                version.stageFile(stage.name()).engine(),
                version.file(stage.name()),
                graphs.of(version, stage.name()));
    }

    /// Runs zeros through the model, alone and in a batch of two, so that the first request does not pay for
    /// first-time work and a batch axis that is not what the manifest says is found now.
    private static void warmUp(EngineSession session, StageSpec stage) {
        InputSpec input = stage.input();
        if (session.signature().input(input.name()).isEmpty()) {
            throw new EngineException("the model has no input " + input.name() + " (it has "
                    + session.signature().inputs().stream()
                            .map(TensorInfo::name)
                            .toList() + ")");
        }
        for (int rows = 1; rows <= Math.min(2, stage.maxBatch()); rows++) {
            runZeros(session, input, rows);
        }
    }

    private static void runZeros(EngineSession session, InputSpec input, int rows) {
        Shape shape = input.rowShape(input.size().of(TYPICAL_ASSET)).withBatch(rows);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment zeros = arena.allocate(input.dtype().bytes(shape), ALIGNMENT);
            session.run(
                    List.of(new BatchTensor(input.name(), input.dtype(), shape, zeros)),
                    bytes -> arena.allocate(bytes, ALIGNMENT));
        }
    }
}
