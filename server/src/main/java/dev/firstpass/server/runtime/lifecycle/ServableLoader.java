package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.batch.ArrivalOrderBatcher;
import dev.firstpass.server.runtime.batch.Batcher;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/// Opens a version's model files on a device, warms them up and puts a batcher in front of each.
///
/// Thread-safe. Loading takes as long as the engine needs: for the lifecycle thread.
public final class ServableLoader {
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
    public ServableLoader(DeviceHost host, SavedGraphs graphs, Slab slab, int queueCapacity, LongSupplier nanoClock) {
        this.host = host;
        this.graphs = graphs;
        this.slab = slab;
        this.queueCapacity = queueCapacity;
        this.nanoClock = nanoClock;
    }

    /// Loads a version.
    ///
    /// @param lifecycle runs the closing of what is returned
    /// @param whenIdle is run each time that the last of its leases comes back; must be quick
    /// @throws EngineException if a file cannot be opened, or a warm-up run fails; nothing stays open then
    Servable load(ModelVersion version, Executor lifecycle, Runnable whenIdle) {
        Map<String, Servable.LoadedStage> stages = new LinkedHashMap<>();
        try {
            for (StageSpec stage : version.manifest().spec().stages()) {
                stages.put(stage.name(), open(version, stage));
            }
            return new Servable(version, stages, lifecycle, whenIdle);
        } catch (RuntimeException | Error e) {
            stages.values().forEach(Servable.LoadedStage::close);
            throw e;
        }
    }

    /// As `DeviceHost.reclaim`.
    long reclaim() {
        return host.reclaim();
    }

    /// As `DeviceHost.endIfUnused`.
    void endIfUnused() {
        host.endIfUnused();
    }

    private Servable.LoadedStage open(ModelVersion version, StageSpec stage) {
        long start = nanoClock.getAsLong();
        EngineSession session = openSession(version, stage);
        try {
            long opened = nanoClock.getAsLong();
            LatencyProfile profile = WarmUp.of(session, stage, mostRows(stage), nanoClock);
            return new Servable.LoadedStage(
                    batcher(version, stage, session),
                    session,
                    new Preparation(opened - start, nanoClock.getAsLong() - opened, profile));
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    private EngineSession openSession(ModelVersion version, StageSpec stage) {
        return host.open(
                version.stageFile(stage.name()).engine(), version.file(stage.name()), graphs.of(version, stage.name()));
    }

    private int mostRows(StageSpec stage) {
        return Math.min(stage.maxBatch(), host.worthwhileBatch());
    }

    private Batcher batcher(ModelVersion version, StageSpec stage, EngineSession session) {
        String threadName = "infer-" + version.name() + "-v" + version.number() + "-" + host.device();
        return new ArrivalOrderBatcher(
                session,
                stage.name().equals(StageSpec.MAIN) ? threadName : threadName + "-" + stage.name(),
                stage.input().name(),
                mostRows(stage),
                queueCapacity,
                slab.results(),
                nanoClock);
    }
}
