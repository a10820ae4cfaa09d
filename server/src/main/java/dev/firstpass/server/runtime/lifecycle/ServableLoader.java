package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.batch.ArrivalOrderBatcher;
import dev.firstpass.server.runtime.batch.Batcher;
import dev.firstpass.server.runtime.batch.Lane;
import dev.firstpass.server.runtime.batch.LimitedSession;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/// Opens a version's model files on a device, warms them up and puts a batcher in front of each.
///
/// Thread-safe. Loading takes as long as the engine needs: for the lifecycle thread.
public final class ServableLoader {
    private final IsolationGroups groups;
    private final SavedGraphs graphs;
    private final int queueCapacity;
    private final Supervision supervision;
    private final LongSupplier nanoClock;

    /// @param groups open the sessions; not closed
    /// @param graphs kept from one load to the next
    /// @param queueCapacity rows that may wait per stage
    /// @param supervision what is done about runs that go wrong
    public ServableLoader(
            IsolationGroups groups,
            SavedGraphs graphs,
            int queueCapacity,
            Supervision supervision,
            LongSupplier nanoClock) {
        this.groups = groups;
        this.graphs = graphs;
        this.queueCapacity = queueCapacity;
        this.supervision = supervision;
        this.nanoClock = nanoClock;
    }

    /// Loads a version.
    ///
    /// @param crashes is told of the version's runs
    /// @param lifecycle runs the closing of what is returned
    /// @param whenIdle is run each time that the last of its leases comes back; must be quick
    /// @throws EngineException if a file cannot be opened, or a warm-up run fails; nothing stays open then
    Servable load(ModelVersion version, CrashLoop crashes, Executor lifecycle, Runnable whenIdle) {
        IsolationGroup group = groups.of(version);
        Map<String, Servable.LoadedStage> stages = new LinkedHashMap<>();
        try {
            for (StageSpec stage : version.manifest().spec().stages()) {
                stages.put(stage.name(), open(group, version, stage, crashes));
            }
            return new Servable(version, stages, group.decoding(), lifecycle, whenIdle);
        } catch (RuntimeException | Error e) {
            stages.values().forEach(Servable.LoadedStage::close);
            throw e;
        }
    }

    /// As `DeviceHost.reclaim`.
    long reclaim() {
        return groups.reclaim();
    }

    /// As `DeviceHost.endIfUnused`.
    void endIfUnused() {
        groups.endIfUnused();
    }

    private Servable.LoadedStage open(IsolationGroup group, ModelVersion version, StageSpec stage, CrashLoop crashes) {
        long start = nanoClock.getAsLong();
        EngineSession session = openSession(group.hosts().getFirst(), version, stage);
        try {
            long opened = nanoClock.getAsLong();
            LatencyProfile profile = warmUp(session, stage, mostRows(group.hosts().getFirst(), stage), crashes);
            session.endWarmUp();
            return new Servable.LoadedStage(
                    batcher(group, version, stage, session, crashes),
                    session,
                    new Preparation(opened - start, nanoClock.getAsLong() - opened, profile));
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /// A worker that is lost meanwhile may have been another model's doing: tried again alone, it is this one's.
    private LatencyProfile warmUp(EngineSession session, StageSpec stage, int mostRows, CrashLoop crashes) {
        try (EngineSession limited = new LimitedSession(session, supervision, nanoClock)) {
            return WarmUp.of(limited, stage, mostRows, nanoClock);
        } catch (RunLostException _) {
            return warmUpAlone(session, stage, mostRows, crashes);
        }
    }

    private LatencyProfile warmUpAlone(EngineSession session, StageSpec stage, int mostRows, CrashLoop crashes) {
        try (EngineSession limited = new LimitedSession(session, supervision, nanoClock);
                EngineSession.Turn _ = session.alone().orElse(() -> {})) {
            return WarmUp.of(limited, stage, mostRows, nanoClock);
        } catch (RunLostException e) {
            crashes.lost();
            throw e;
        }
    }

    private EngineSession openSession(DeviceHost host, ModelVersion version, StageSpec stage) {
        return host.open(
                version.stageFile(stage.name()).engine(), version.file(stage.name()), graphs.of(version, stage.name()));
    }

    private static int mostRows(DeviceHost host, StageSpec stage) {
        return Math.min(stage.maxBatch(), host.worthwhileBatch());
    }

    private Batcher batcher(
            IsolationGroup group, ModelVersion version, StageSpec stage, EngineSession session, CrashLoop crashes) {
        String threadName = "infer-" + version.name() + "-v" + version.number() + "-"
                + group.hosts().getFirst().device();
        return new ArrivalOrderBatcher(
                List.of(new Lane(
                        session,
                        stage.name().equals(StageSpec.MAIN) ? threadName : threadName + "-" + stage.name(),
                        mostRows(group.hosts().getFirst(), stage))),
                stage.input().name(),
                queueCapacity,
                group.slab().results(),
                supervision,
                crashes,
                nanoClock);
    }
}
