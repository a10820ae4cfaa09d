package dev.firstpass.server;

import com.sun.management.OperatingSystemMXBean;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.onnx.OnnxFile;
import dev.firstpass.registry.savedmodel.OperationPolicy;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.store.DataDirectory;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.ObjectSigner;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.AssetFetcher;
import dev.firstpass.server.asset.HeldAssets;
import dev.firstpass.server.asset.ObjectAddresses;
import dev.firstpass.server.asset.WebTransport;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.config.ModelMemory;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionIds;
import dev.firstpass.server.ledger.PredictionLedger;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.Caches;
import dev.firstpass.server.pipeline.Choice;
import dev.firstpass.server.pipeline.CpuGate;
import dev.firstpass.server.pipeline.EmbeddingCache;
import dev.firstpass.server.pipeline.PrelabelPipeline;
import dev.firstpass.server.pipeline.Prelabeler;
import dev.firstpass.server.pipeline.RefusalCache;
import dev.firstpass.server.pipeline.ResultCache;
import dev.firstpass.server.pipeline.TensorModels;
import dev.firstpass.server.pipeline.TensorPipeline;
import dev.firstpass.server.pipeline.Vocabulary;
import dev.firstpass.server.rollout.RolloutListener;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.RolloutWatch;
import dev.firstpass.server.rollout.Shadows;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.graph.GraphStore;
import dev.firstpass.server.runtime.lifecycle.MemoryRules;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import dev.firstpass.server.runtime.lifecycle.ServableLoader;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import dev.firstpass.server.security.PinnedTransport;
import dev.firstpass.server.validation.RowMaker;
import dev.firstpass.server.validation.TrialLimits;
import dev.firstpass.server.validation.VersionValidator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Everything behind the doors, put together: registry, device host, loaded models and the walk.
///
/// Thread-safe. Owns all its parts; `close` takes them down in the order that their users come first.
public final class ServerRuntime implements AutoCloseable {
    private static final Duration SETTLING_POLL = Duration.ofMillis(5);
    /// In the data directory: what workers see.
    private static final String WORKERS = "run";
    private static final Duration LONGEST_LOAD = Duration.ofMinutes(10);
    /// Of a GPU's free memory that models may hold; runs need some beside it.
    private static final double SHARE_OF_FREE = 0.9;

    /// Held while models are told of a version's state.
    private final Object heeding = new Object();

    private final Hosts hosts;
    private final ModelRegistry registry;
    private final Sharing sharing;
    private final GraphStore graphs;
    private final Quarantine quarantine;
    private final ModelRuntime models;
    private final HotSwap swap;
    private final CpuGate cpu;
    private final RowMaker rows;
    private final VersionValidator validator;
    private final Caches caches;
    private final HeldAssets held;
    private final PrelabelPipeline pipeline;
    private final TensorPipeline tensors;
    private final Optional<PredictionLedger> ledger;
    private final Shadows shadows;
    private final RolloutWatch watch;
    private final Optional<PinnedTransport> transport;
    private final Optional<ObjectSigner> signer;

    private ServerRuntime(
            Hosts hosts,
            ModelRegistry registry,
            GraphStore graphs,
            Path data,
            RuntimeConfig config,
            ResidencyListener residency,
            SupervisionListener supervision,
            RolloutListener rollouts) {
        this.hosts = hosts;
        this.registry = registry;
        this.sharing = new Sharing(registry, config.shared());
        this.graphs = graphs;
        AliasGuard guard = new AliasGuard(registry, config.supervision().guardPeriod(), supervision);
        this.quarantine = new Quarantine(System::nanoTime, supervision);
        Supervision overRuns = new Supervision(
                quarantine, hosts.watchdog(), config.supervision().runLimit());
        this.models = new ModelRuntime(
                new ServableLoader(
                        hosts.groups(),
                        hosts.placement(),
                        new RegisteredFiles(registry),
                        graphs,
                        config.queueCapacity(),
                        overRuns,
                        (version, stage) -> registry.mostRows(version, stage.name()),
                        new FamilySamples(ModelFamilies.STANDARD),
                        hosts.schedules(),
                        System::nanoTime),
                MemoryRules.of(
                        device -> budget(device, config.memory(), hosts.memory()),
                        new Pins(registry, config.memory().pinned())),
                residency,
                failed -> guard.takeBackFrom(failed, this::hasFailed));
        this.swap = new HotSwap(registry, models, System::nanoTime);
        this.cpu = new CpuGate(config.cpuPermits());
        this.rows = new RowMaker(hosts.groups().common().decoding(), cpu);
        this.validator = new VersionValidator(
                registry,
                models,
                hosts.benches(),
                rows,
                overRuns,
                graphs,
                ModelFamilies.STANDARD,
                TrialLimits.STANDARD,
                InstantSource.system(),
                System::nanoTime);
        this.ledger = config.ledger().map(limits -> PredictionLedger.open(data, limits, InstantSource.system()));
        this.shadows = Shadows.start(new ShadowRuns(registry, models, cpu, this::repeat), rollouts);
        this.watch = new RolloutWatch(
                new RegisteredRollouts(registry),
                config.guard(),
                shadows,
                rollouts,
                task -> Thread.ofVirtual().name("canary-guard").start(task),
                InstantSource.system());
        this.transport =
                Optional.of(config.assets()).filter(AssetConfig::usesWeb).map(_ -> new PinnedTransport());
        this.signer = Optional.of(config.assets().buckets())
                .filter(buckets -> !buckets.isEmpty())
                .map(buckets -> ObjectSigner.open(buckets.endpoint(), buckets.region()));
        this.held = new HeldAssets(config.caches().assetBytes(), config.caches().assetExpiry(), System::nanoTime);
        this.caches = new Caches(
                new ResultCache(config.caches().resultBytes()),
                new RefusalCache(config.caches().refusalBytes(), config.caches().refusalExpiry(), System::nanoTime),
                new EmbeddingCache(config.caches().embeddingBytes()));
        this.pipeline = new PrelabelPipeline(
                new AssetFetcher(
                        config.assets(),
                        transport.<WebTransport>map(web -> web),
                        signer.<ObjectAddresses>map(addresses -> addresses::sign),
                        held),
                this::chosen,
                models,
                cpu,
                caches,
                quarantine,
                new Vocabulary(ModelFamilies.STANDARD, LabelFormats.STANDARD),
                new PredictionIds(InstantSource.system(), new SecureRandom()),
                ledger.<Consumer<Prediction>>map(kept -> kept).orElse(_ -> {}),
                watch,
                InstantSource.system(),
                System::nanoTime);
        this.tensors = new TensorPipeline(this::chosen, models, quarantine, System::nanoTime);
    }

    /// Most of what a device with memory of its own has free. Else half of the machine's, or of what its container may
    /// have: the rest is for Java, the slab and the operating system, which keeps model files at hand in what is free.
    static long budget(String device, ModelMemory memory, DeviceMemory devices) {
        if (memory.budgetBytes().isPresent()) {
            return memory.budgetBytes().getAsLong();
        }
        return devices.of(device)
                .map(usage -> Math.max(1, (long) (SHARE_OF_FREE * (usage.totalBytes() - usage.usedBytes()))))
                .orElseGet(() -> ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                                .getTotalMemorySize()
                        / 2);
    }

    /// Opens the registry in `data` and begins to load what its aliases name, without a listener.
    public static ServerRuntime open(Path data, RuntimeConfig config) {
        return open(data, RegistrySettings.LOCAL, config);
    }

    /// The same with a registry that is kept elsewhere.
    public static ServerRuntime open(Path data, RegistrySettings settings, RuntimeConfig config) {
        return open(
                data,
                settings,
                config,
                ResidencyListener.NONE,
                SupervisionListener.NONE,
                RolloutListener.NONE,
                Hosts::host);
    }

    /// Opens the registry in `data` and begins to load what its aliases name, as far as there is room.
    ///
    /// @param data belongs to this process until `close`
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if the data directory cannot be used
    /// @throws EngineException if the engine does not load
    public static ServerRuntime open(
            Path data, RuntimeConfig config, ResidencyListener residency, SupervisionListener supervision) {
        return open(data, RegistrySettings.LOCAL, config, residency, supervision, RolloutListener.NONE, Hosts::host);
    }

    /// The same with hosts of one's own, for tests.
    static ServerRuntime open(
            Path data,
            RuntimeConfig config,
            ResidencyListener residency,
            SupervisionListener supervision,
            RolloutListener rollouts,
            Hosts.Maker maker) {
        return open(data, RegistrySettings.LOCAL, config, residency, supervision, rollouts, maker);
    }

    /// The same with a registry that is kept elsewhere.
    ///
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if its database does not answer
    static ServerRuntime open(
            Path data,
            RegistrySettings settings,
            RuntimeConfig config,
            ResidencyListener residency,
            SupervisionListener supervision,
            RolloutListener rollouts,
            Hosts.Maker maker) {
        ServerRuntime runtime = assemble(data, settings, config, residency, supervision, rollouts, maker);
        try {
            runtime.begin();
            return runtime;
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
    }

    private static ServerRuntime assemble(
            Path data,
            RegistrySettings settings,
            RuntimeConfig config,
            ResidencyListener residency,
            SupervisionListener supervision,
            RolloutListener rollouts,
            Hosts.Maker maker) {
        DataDirectory directory = DataDirectory.open(data);
        Hosts hosts;
        try {
            hosts = Hosts.start(directory.root().resolve(WORKERS), config, supervision, maker);
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
        try {
            return assemble(hosts, directory, settings, config, residency, supervision, rollouts);
        } catch (RuntimeException | Error e) {
            hosts.close();
            throw e;
        }
    }

    private static ServerRuntime assemble(
            Hosts hosts,
            DataDirectory directory,
            RegistrySettings settings,
            RuntimeConfig config,
            ResidencyListener residency,
            SupervisionListener supervision,
            RolloutListener rollouts) {
        ModelRegistry registry = ModelRegistry.open(
                directory, settings, ModelFamilies.STANDARD, ServerRuntime::signature, InstantSource.system());
        try {
            return new ServerRuntime(
                    hosts,
                    registry,
                    graphs(directory.root()),
                    directory.root(),
                    config,
                    residency,
                    supervision,
                    rollouts);
        } catch (RuntimeException | Error e) {
            registry.close();
            throw e;
        }
    }

    private static GraphStore graphs(Path data) {
        try (Stream<String> cpuinfo = Files.lines(Path.of("/proc/cpuinfo"))) {
            return new GraphStore(data.resolve("optimised"), OnnxEngine.graphKey(cpuinfo));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Opens the registry alone, for those who only look or move aliases. The caller closes it.
    ///
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if the data directory cannot be used
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if it is kept elsewhere, and its database does not answer
    public static ModelRegistry openRegistry(Path data, RegistrySettings settings) {
        return ModelRegistry.open(
                DataDirectory.open(data),
                settings,
                ModelFamilies.STANDARD,
                ServerRuntime::signature,
                InstantSource.system());
    }

    /// What a model file says of itself, read without running it; refused if it could do more than compute.
    private static ModelSignature signature(EngineKind engine, Path file) {
        return switch (engine) {
            case ONNX -> OnnxFile.read(file).signature();
            case TENSORFLOW ->
                SavedModelFile.read(file, OperationPolicy.HARMLESS).signature();
        };
    }

    private void begin() {
        var _ = registry.subscribe(this::follow);
        registry.follow(this::prepare, models::residencies);
        var _ = models.run(() -> graphs.sweep(registry.models().stream()
                .flatMap(model -> model.versions().stream())
                .toList()));
        registry.versionsInUse().forEach(models::preload);
    }

    /// Loads a version that another server is about to move an alias to. Where it finds room only in place of one of its model
    /// that is in use, it is loaded after the move.
    private Optional<String> prepare(ModelVersion version) {
        boolean isLater = registry.versionsInUse().stream()
                .filter(used -> used.name().equals(version.name()) && !used.equals(version))
                .anyMatch(used -> swap.mustReplace(used, version));
        if (isLater) {
            return Optional.empty();
        }
        models.forgive(version.ref());
        try {
            models.lease(version, Deadline.after(LONGEST_LOAD, System::nanoTime), Priority.BULK)
                    .close();
            return Optional.empty();
        } catch (FailureException e) {
            return Optional.of(e.failure().detail());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("the load was broken off");
        }
    }

    /// Waits until every version that an alias names is loaded, or known not to load, and the decoder is warm.
    ///
    /// @throws NotWalledException if models must run in walled workers and cannot
    public void awaitSettled() throws InterruptedException {
        while (!isSettled()) {
            hosts.refusal().ifPresent(refusal -> {
                throw refusal;
            });
            Thread.sleep(SETTLING_POLL);
        }
    }

    /// The version that an asset, or another subject, meets. A canary that cannot serve leaves it to the version that the
    /// alias names.
    private Choice chosen(ModelRef ref, String subject) {
        return switch (sharing.meant(ref)) {
            case ModelRef.Numbered numbered -> new Choice(serving(registry.resolve(numbered)), Arm.DIRECT);
            case ModelRef.Aliased aliased ->
                registry.canary(aliased, subject)
                        .filter(canary -> canary.state() == ModelVersion.State.AVAILABLE && !hasFailed(canary.ref()))
                        .map(canary -> new Choice(canary, Arm.CANARY))
                        .orElseGet(() -> new Choice(serving(registry.resolve(aliased)), Arm.STABLE));
        };
    }

    /// Which models tenants share.
    Sharing sharing() {
        return sharing;
    }

    private PrelabelPipeline.Repeated repeat(Answered answer, ModelVersion version, Duration limit) {
        return pipeline.repeat(answer, version, limit);
    }

    private static ModelVersion serving(ModelVersion version) {
        return switch (version.state()) {
            case AVAILABLE -> version;
            case REGISTERED, VALIDATING ->
                throw Failure.of(Reason.MODEL_NOT_READY, version.ref() + ": not tried out yet")
                        .asException();
            case FAILED, CORRUPT ->
                throw Failure.of(Reason.MODEL_NOT_READY, version.ref() + ": " + version.state() + ", it does not serve")
                        .asException();
            case RETIRED ->
                throw Failure.of(Reason.VERSION_NOT_FOUND, version.ref() + ": retired")
                        .asException();
        };
    }

    /// What an alias names is loaded before it is asked for; what is retired is unloaded.
    private void follow(RegistryEvent event) {
        switch (event) {
            case RegistryEvent.Registered _ -> {}
            case RegistryEvent.RolloutChanged changed -> {
                ModelEntry model = registry.model(changed.name());
                model.rollout(changed.alias())
                        .ifPresent(rollout -> model.candidates(rollout).forEach(models::preload));
                watch.changed(
                        new ModelRef.Aliased(changed.name(), changed.alias()),
                        model.rollout(changed.alias())
                                .filter(rollout -> rollout.canary().isPresent())
                                .isPresent());
            }
            case RegistryEvent.AliasMoved moved ->
                registry.model(moved.name()).version(moved.to()).ifPresent(models::preload);
            case RegistryEvent.StateChanged changed -> {
                var _ = heed(changed.version().ref());
            }
            case RegistryEvent.Removed(ModelRef.Numbered version) -> {
                // Where another server removed it, nobody here has been told to let go of it.
                var _ = heed(version);
            }
        }
    }

    /// Lets models have a version, or takes it from them, as its state is now, whatever it was when somebody was told of it:
    /// of two changes, the later one may be heard of first. One at a time, so that the last one to look acts last.
    ///
    /// @return completes when what it takes from them is gone
    private CompletableFuture<Void> heed(ModelRef.Numbered ref) {
        synchronized (heeding) {
            return switch (state(ref)) {
                case RETIRED -> models.withdraw(ref);
                case REGISTERED, VALIDATING, FAILED, CORRUPT -> {
                    models.readmit(ref);
                    yield models.retire(ref);
                }
                case AVAILABLE -> {
                    models.readmit(ref);
                    yield CompletableFuture.completedFuture(null);
                }
            };
        }
    }

    /// What was removed was retired before.
    private ModelVersion.State state(ModelRef.Numbered ref) {
        try {
            return registry.resolve(ref).state();
        } catch (ModelNotFound | VersionNotFound _) {
            return ModelVersion.State.RETIRED;
        }
    }

    private boolean hasFailed(ModelRef.Numbered ref) {
        return models.hasFailed(ref);
    }

    /// Registers a model file or bundle and tries it out: it becomes AVAILABLE once it has run.
    ///
    /// @param manifest a YAML file that is laid over what the bundle says
    /// @throws dev.firstpass.registry.RegistryException if it is refused
    public Registration register(ModelName name, Path source, Optional<Path> manifest, ProgressListener progress) {
        return manifest.isPresent()
                ? registry.register(name, source, manifest.get(), validator, progress)
                : registry.register(name, source, validator, progress);
    }

    /// Tries a version out again, as its registration did, and keeps what was found; see [ModelRegistry#validate].
    ///
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if there is no such version
    public ValidationReport validate(ModelRef.Numbered ref, ProgressListener progress) {
        registry.validate(ref, validator, progress);
        return registry.validation(ref)
                .orElseThrow(() ->
                        Failure.of(Reason.INTERNAL, "the trial was broken off").asException());
    }

    /// Points an alias at a version once that is loaded and warm; until then the alias' present version serves, and no
    /// request waits. From the return of this on no new request gets the version that the alias meant before.
    ///
    /// Where memory does not hold both, the alias moves first: requests wait, within their deadlines, until the old
    /// version has left and the new one is loaded; if that fails, the alias moves back.
    ///
    /// Takes as long as the load.
    ///
    /// @throws RegistryException as [ModelRegistry#moveAlias] does
    /// @throws FailureException if the version cannot be loaded; the alias means what it meant before
    public void moveAlias(ModelName name, String alias, long version, Expected expected) {
        models.forgive(new ModelRef.Numbered(name, version));
        swap.moveAlias(new AliasChange(name, alias, version, expected, AliasChange.Kind.MOVE));
    }

    /// Moves of aliases that were asked for here and made, forth or back.
    long swapsMade() {
        return swap.moved();
    }

    /// Those that did not come about: the version does not load, or the registry refuses.
    long swapsRefused() {
        return swap.refused();
    }

    /// Points an alias at the version that it named before, as `moveAlias` does: or at one before that, of those that are
    /// AVAILABLE and have not failed here.
    ///
    /// @return the version that it names now
    /// @throws RegistryException as [ModelRegistry#before] and [ModelRegistry#moveAlias] do
    /// @throws FailureException if the version cannot be loaded; the alias means what it meant before
    public ModelVersion rollBack(ModelName name, String alias, Expected expected) {
        ModelVersion present = registry.resolve(new ModelRef.Aliased(name, alias));
        ModelVersion target = registry.before(name, alias, candidate -> !hasFailed(candidate));
        Expected unmoved = switch (expected) {
            case Expected.Anything _ -> new Expected.AtVersion(present.number());
            case Expected.Absent absent -> absent;
            case Expected.AtVersion at -> at;
        };
        swap.moveAlias(new AliasChange(name, alias, target.number(), unmoved, AliasChange.Kind.ROLLBACK));
        return target;
    }

    /// Splits an alias' requests, or copies them, once the canary and the shadow are loaded and warm.
    ///
    /// @throws RegistryException as [ModelRegistry#rollOut] does
    /// @throws FailureException if one of them cannot be loaded; nothing is split or copied then
    public void rollOut(ModelName name, String alias, Rollout rollout) {
        registry.model(name).candidates(rollout).map(ModelVersion::ref).forEach(models::forgive);
        swap.rollOut(name, alias, rollout);
    }

    /// Takes a version out of service: requests for it are refused from now on, those under way end, and it is unloaded.
    /// Waits for that.
    ///
    /// @throws RegistryException as [ModelRegistry#retire] does
    public ModelVersion retire(ModelRef.Numbered ref) {
        registry.retire(ref);
        heed(ref).join();
        return registry.resolve(ref);
    }

    /// What was answered; empty where no ledger is kept.
    public Optional<PredictionLedger> ledger() {
        return ledger;
    }

    /// How the rollout of an alias does; empty where there is none, and none was stopped.
    public Optional<RolloutReport> rolloutReport(ModelRef.Aliased alias) {
        return watch.report(alias);
    }

    /// Assets that are held for prompts.
    public HeldAssets heldAssets() {
        return held;
    }

    /// What is remembered of requests.
    public Caches caches() {
        return caches;
    }

    /// The models by their raw tensors.
    public TensorModels tensors() {
        return tensors;
    }

    public Prelabeler prelabeler() {
        return pipeline;
    }

    public ModelRegistry registry() {
        return registry;
    }

    public ModelRuntime models() {
        return models;
    }

    /// How the workers of each isolation group stand; none where models run in this process. Does not block.
    public Map<String, List<WorkerReport>> workers() {
        return hosts.workers();
    }

    /// Makes rows as requests' rows are made.
    public RowMaker rows() {
        return rows;
    }

    public CpuGate cpu() {
        return cpu;
    }

    /// Whether every version that an alias names is loaded, or known not to load, and the decoder is warm.
    public boolean isSettled() {
        return hosts.areWarm() && registry.versionsInUse().stream().allMatch(models::isSettled);
    }

    @Override
    public void close() {
        Closing.all(Stream.of(
                registry::leave,
                shadows::close,
                models::close,
                () -> ledger.ifPresent(PredictionLedger::close),
                () -> transport.ifPresent(PinnedTransport::close),
                () -> signer.ifPresent(ObjectSigner::close),
                registry::close,
                hosts::close));
    }
}
