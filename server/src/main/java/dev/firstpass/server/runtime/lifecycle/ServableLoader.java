package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.Batcher;
import dev.firstpass.server.runtime.batch.DeadlineBatcher;
import dev.firstpass.server.runtime.batch.Lane;
import dev.firstpass.server.runtime.batch.LimitedSession;
import dev.firstpass.server.runtime.batch.SecondTry;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.batch.WarmUpTimes;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Opens a version's model files on the devices that it runs on, warms them up and puts a batcher in front of each stage.
///
/// Thread-safe. Loading takes as long as the engine needs: for the lifecycle thread.
public final class ServableLoader {
    /// Inputs of a run that are so small do not fill a processor's caches.
    private static final long SMALL_RUN_BYTES = 512 << 10;

    private final IsolationGroups groups;
    private final Placement placement;
    private final Integrity integrity;
    private final SavedGraphs graphs;
    private final int queueCapacity;
    private final Supervision supervision;
    private final RowLimits rowLimits;
    private final MadeSamples samples;
    private final Schedules schedules;
    private final LongSupplier nanoClock;

    /// As the other, believing how many rows versions claim to take, of versions whose stages take pixels.
    public ServableLoader(
            IsolationGroups groups,
            Placement placement,
            Integrity integrity,
            SavedGraphs graphs,
            int queueCapacity,
            Supervision supervision,
            LongSupplier nanoClock) {
        this(
                groups,
                placement,
                integrity,
                graphs,
                queueCapacity,
                supervision,
                RowLimits.CLAIMED,
                MadeSamples.NONE,
                Schedules.BY_DEADLINE,
                nanoClock);
    }

    /// @param groups open the sessions, with hosts for all devices of `placement`; not closed
    /// @param placement which devices versions run on
    /// @param integrity of what is loaded
    /// @param graphs kept from one load to the next
    /// @param queueCapacity rows that may wait per stage
    /// @param supervision what is done about runs that go wrong
    /// @param rowLimits how many rows are put into one run
    /// @param samples of stages whose rows a family makes
    /// @param schedules decide which
    public ServableLoader(
            IsolationGroups groups,
            Placement placement,
            Integrity integrity,
            SavedGraphs graphs,
            int queueCapacity,
            Supervision supervision,
            RowLimits rowLimits,
            MadeSamples samples,
            Schedules schedules,
            LongSupplier nanoClock) {
        this.groups = groups;
        this.placement = placement;
        this.integrity = integrity;
        this.graphs = graphs;
        this.queueCapacity = queueCapacity;
        this.supervision = supervision;
        this.rowLimits = rowLimits;
        this.samples = samples;
        this.schedules = schedules;
        this.nanoClock = nanoClock;
    }

    /// Which devices versions run on.
    Placement placement() {
        return placement;
    }

    /// Loads a version on each of its devices, one after the other.
    ///
    /// @param crashes is told of the version's runs
    /// @param lifecycle runs the closing of what is returned
    /// @param whenIdle is run each time that the last of its leases comes back; must be quick
    /// @throws RuntimeException if a file is not what was registered or cannot be opened on one of the devices, or a
    ///     warm-up run fails; nothing stays open then
    Loaded load(ModelVersion version, CrashLoop crashes, Executor lifecycle, Runnable whenIdle) {
        requireIntact(version);
        IsolationGroup group = groups.of(version);
        List<DeviceHost> hosts =
                placement.of(version.name()).stream().map(group::host).toList();
        List<Opened> opened = new ArrayList<>();
        Map<String, Servable.LoadedStage> stages = new LinkedHashMap<>();
        try {
            Map<String, Long> bytes = new LinkedHashMap<>();
            for (DeviceHost host : hosts) {
                long before = groups.reclaim(host.device());
                open(host, version, crashes, opened, hosts.size() > 1);
                bytes.put(host.device(), groups.reclaim(host.device()) - before);
            }
            for (StageSpec stage : version.manifest().spec().stages()) {
                stages.put(stage.name(), loaded(group, version, stage, opened, crashes));
            }
            return new Loaded(
                    new Servable(version, stages, group.decoding(), group.slab().rows(), lifecycle, whenIdle), bytes);
        } catch (RuntimeException | Error e) {
            Closing.allAfter(
                    e,
                    Stream.concat(
                            stages.values().stream().<Runnable>map(stage -> stage.batcher()::close),
                            opened.stream().<Runnable>map(one -> one.session()::close)));
            throw e;
        }
    }

    /// Whether a version's files have to be brought here before it is loaded, which `requireIntact` does.
    boolean isFar(ModelVersion version) {
        return integrity.isFar(version);
    }

    /// Looks at a version's files, which may have to be brought here first. On any thread.
    ///
    /// @throws RuntimeException if they are not what was registered, or cannot be had
    void requireIntact(ModelVersion version) {
        integrity.problem(version).ifPresent(problem -> {
            throw Failure.of(Reason.MODEL_NOT_READY, version.ref() + ": CORRUPT, " + problem)
                    .asException();
        });
    }

    /// As `DeviceHost.reclaim`, on all devices.
    void reclaim() {
        placement.devices().forEach(device -> {
            var _ = groups.reclaim(device);
        });
    }

    /// As `DeviceHost.endIfUnused`.
    void endIfUnused() {
        groups.endIfUnused();
    }

    /// Opens all stages on one device.
    ///
    /// @param opened gets what is open, also where the rest fails
    /// @param isOneOfMany whether who hears of a failure has to be told which device it was
    private void open(
            DeviceHost host, ModelVersion version, CrashLoop crashes, List<Opened> opened, boolean isOneOfMany) {
        try {
            for (StageSpec stage : version.manifest().spec().stages()) {
                Opened first = open(host, version, stage, crashes);
                opened.add(first);
                openMore(host, version, first, crashes, opened);
            }
        } catch (FailureException e) {
            throw e;
        } catch (RuntimeException e) {
            throw isOneOfMany
                    ? new FailureException(
                            Failure.of(
                                    Reason.MODEL_NOT_READY, "the model version cannot be loaded on " + host.device()),
                            e)
                    : e;
        }
    }

    private Opened open(DeviceHost host, ModelVersion version, StageSpec stage, CrashLoop crashes) {
        long start = nanoClock.getAsLong();
        EngineSession session = openSession(host, version, stage);
        try {
            long afterwards = nanoClock.getAsLong();
            int worthwhile = Math.max(host.worthwhileBatch(), smallRows(stage));
            int mostRows = Math.min(rowLimits.mostRows(version, stage), worthwhile);
            WarmUpTimes profile = SecondTry.call(session, crashes, () -> warmUp(session, version, stage, mostRows));
            session.endWarmUp();
            Preparation preparation = new Preparation(afterwards - start, nanoClock.getAsLong() - afterwards, profile);
            int threads = host.threads(version.stageFile(stage.name()).engine());
            return new Opened(stage, host.device(), session, mostRows, threads, preparation);
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /// Opens the sessions that a stage has beside its first. They run the same weights on the same device, so that nothing is to
    /// be learned of each; all together run once what needs most memory, which is what the version is then known to hold.
    private void openMore(DeviceHost host, ModelVersion version, Opened first, CrashLoop crashes, List<Opened> opened) {
        List<Opened> beside = new ArrayList<>(List.of(first));
        for (int session = 1; session < placement.sessions(host.device()); session++) {
            beside.add(first.with(openSession(host, version, first.stage())));
            opened.add(beside.getLast());
        }
        if (beside.size() > 1) {
            AtOnce.run(beside.stream()
                    .<Runnable>map(one -> () -> runLargest(version, one, crashes))
                    .toList());
            beside.forEach(one -> one.session().endWarmUp());
        }
    }

    private void runLargest(ModelVersion version, Opened opened, CrashLoop crashes) {
        EngineSession session = opened.session();
        var _ = SecondTry.call(session, crashes, () -> {
            try (EngineSession limited = new LimitedSession(session, supervision, nanoClock)) {
                return WarmUp.ofLargest(
                        limited, opened.stage(), opened.mostRows(), made(version, opened.stage()), nanoClock);
            }
        });
    }

    /// How many rows are little to a processor. Of a small model, what surrounds a run costs more than a row.
    private static int smallRows(StageSpec stage) {
        return stage.source() instanceof InputSpec input && input.size() instanceof SizeRule.Fixed(ImageSize size)
                ? (int) (SMALL_RUN_BYTES / input.dtype().bytes(input.rowShape(size)))
                : 1;
    }

    /// Whether all rows of a stage have one shape.
    private static boolean isFixed(StageSpec stage) {
        return stage.source() instanceof InputSpec input && input.size() instanceof SizeRule.Fixed;
    }

    private WarmUpTimes warmUp(EngineSession session, ModelVersion version, StageSpec stage, int mostRows) {
        try (EngineSession limited = new LimitedSession(session, supervision, nanoClock)) {
            return WarmUp.of(limited, stage, mostRows, made(version, stage), nanoClock);
        }
    }

    private Function<EngineSession, List<List<Tensor>>> made(ModelVersion version, StageSpec stage) {
        return session -> samples.of(version.manifest().spec(), stage, session.signature());
    }

    /// A GPU's saved graph would depend on the GPU and its libraries, which the key that graphs are kept under does not
    /// name.
    private EngineSession openSession(DeviceHost host, ModelVersion version, StageSpec stage) {
        SavedGraphs kept = host.device().equals(Device.cpu().id()) ? graphs : SavedGraphs.NONE;
        return host.open(
                version.stageFile(stage.name()).engine(), version.file(stage.name()), kept.of(version, stage.name()));
    }

    private Servable.LoadedStage loaded(
            IsolationGroup group, ModelVersion version, StageSpec stage, List<Opened> all, CrashLoop crashes) {
        List<Opened> opened =
                all.stream().filter(one -> one.stage().equals(stage)).toList();
        Batcher batcher = new DeadlineBatcher(
                lanes(version, opened),
                isFixed(stage),
                schedules,
                policy(stage),
                group.slab().results(),
                supervision,
                crashes,
                nanoClock);
        return new Servable.LoadedStage(
                batcher,
                opened.stream().map(Opened::session).toList(),
                opened.stream().collect(Collectors.toMap(Opened::device, Opened::preparation, (first, _) -> first)),
                opened.stream().collect(Collectors.toMap(Opened::device, Opened::setup, RunSetup::and)));
    }

    /// One tenant may fill the queue as long as no other wants room in it.
    private BatchPolicy policy(StageSpec stage) {
        BatchPolicy usual = BatchPolicy.DEFAULTS;
        return usual.withRoom(usual.room().withRows(queueCapacity), 1).with(stage.batching());
    }

    private static List<Lane> lanes(ModelVersion version, List<Opened> opened) {
        Map<String, Integer> counts = new HashMap<>();
        return opened.stream()
                .map(one -> lane(version, one, counts.merge(one.device(), 1, Integer::sum)))
                .toList();
    }

    /// @param number of the session among those of the device
    private static Lane lane(ModelVersion version, Opened opened, int number) {
        String threadName = "infer-" + version.name().qualified() + "-v" + version.number() + "-" + opened.device();
        String stage = opened.stage().name();
        return new Lane(
                opened.session(),
                (stage.equals(StageSpec.MAIN) ? threadName : threadName + "-" + stage)
                        + (number == 1 ? "" : "-" + number),
                opened.mostRows(),
                opened.preparation().warmUp());
    }

    /// One session of a stage on one device.
    ///
    /// @param mostRows in one run
    /// @param threads of each run
    private record Opened(
            StageSpec stage, String device, EngineSession session, int mostRows, int threads, Preparation preparation) {
        /// Another session of the same.
        Opened with(EngineSession other) {
            return new Opened(stage, device, other, mostRows, threads, preparation);
        }

        RunSetup setup() {
            return new RunSetup(1, threads, mostRows);
        }
    }

    /// A version that was loaded. Who gets it retires the servable.
    ///
    /// @param bytes device -> what models hold more of it than before; 0 or less where nobody could tell
    record Loaded(Servable servable, Map<String, Long> bytes) {
        Loaded {
            bytes = Map.copyOf(bytes);
        }
    }
}
