package dev.firstpass.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.bundle.OfferedFile;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelListing;
import dev.firstpass.server.frontend.ProjectAdmin;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.ValidationAdmin;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.runtime.lifecycle.LoadedVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The registry as the doors see it.
///
/// Thread-safe; owns nothing.
final class RegistryBackend implements ModelListing, RegistryAdmin {
    private static final int MOST_FACTS = 1000;

    private final ServerRuntime runtime;
    private final ModelRegistry registry;
    private final Sharing sharing;
    private final List<ModelFamily> families;
    private final ValidationAdmin validations;
    private final ProjectAdmin projects;

    /// By the digest of the version.
    private final Cache<String, Facts> facts =
            Caffeine.newBuilder().maximumSize(MOST_FACTS).build();

    /// What people know this server by.
    private final String name;

    RegistryBackend(ServerRuntime runtime, List<ModelFamily> families) {
        this.runtime = runtime;
        this.registry = runtime.registry();
        this.sharing = runtime.sharing();
        this.families = List.copyOf(families);
        this.validations = new ValidationBackend(runtime);
        this.projects = new ProjectBackend(registry, sharing, families);
        this.name = registry.replicaName();
    }

    @Override
    public List<ModelDescription> models(Tenant tenant) {
        return offered(tenant).stream()
                .map(entry -> describe(entry, shown(entry)))
                .toList();
    }

    @Override
    public List<ModelEntry> offered(Tenant tenant) {
        return sharing.offered(tenant).stream()
                .filter(entry -> !entry.versions().isEmpty())
                .toList();
    }

    @Override
    public ModelEntry offered(ModelName name) {
        return registry.model(sharing.meant(name));
    }

    /// The version in production, else the newest.
    private static ModelVersion shown(ModelEntry entry) {
        return entry.aliased(ModelRef.PRODUCTION)
                .orElseGet(() -> entry.versions().getLast());
    }

    @Override
    public ModelDescription model(ModelRef ref) {
        ModelRef meant = sharing.meant(ref);
        return describe(registry.model(meant.name()), registry.resolve(meant));
    }

    private ModelDescription describe(ModelEntry entry, ModelVersion version) {
        Facts of = facts.get(version.digest(), _ -> facts(version));
        return new ModelDescription(
                entry.name().tenant(),
                entry.name().value(),
                version.number(),
                version.digest(),
                entry.versions().stream().map(ModelVersion::number).toList(),
                entry.aliases(),
                of.spec().family(),
                of.geometry(),
                of.takesPrompt(),
                of.labels(),
                of.spec().ontology(),
                of.spec().thresholds().byDefault(),
                of.thresholds(),
                runtime.models().hasFailed(version.ref()) ? ModelVersion.State.FAILED : version.state());
    }

    private Facts facts(ModelVersion version) {
        ModelSpec spec = version.manifest().spec();
        ModelFamily family = families.stream()
                .filter(candidate -> candidate.id().equals(spec.family()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("family: " + spec.family() + " is not in this release"));
        List<String> labels = family.labels(spec);
        return new Facts(
                spec,
                family.nativeGeometry(spec.parameters()),
                family.takesPrompt(),
                labels,
                spec.labels(labels).stream().collect(Collectors.toUnmodifiableMap(label -> label, spec::threshold)));
    }

    /// What never changes of a version. Each request asks for it.
    private record Facts(
            ModelSpec spec,
            GeometryKind geometry,
            boolean takesPrompt,
            List<String> labels,
            Map<String, Double> thresholds) {}

    @Override
    public List<ModelEntry> entries(Tenant tenant) {
        return registry.models(tenant);
    }

    @Override
    public ModelEntry entry(ModelName name) {
        return registry.model(name);
    }

    @Override
    public Optional<String> failure(ModelRef.Numbered ref) {
        return runtime.models().failure(ref).map(Failure::detail);
    }

    @Override
    public List<Replica> replicas() {
        List<Replica> replicas = new ArrayList<>();
        replicas.add(new Replica(name, runtime.models().residencies()));
        replicas.addAll(registry.otherReplicas());
        return List.copyOf(replicas);
    }

    @Override
    public Map<String, Long> aliases(ModelName name) {
        return registry.models().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .map(ModelEntry::aliases)
                .orElse(Map.of());
    }

    @Override
    public Optional<Residency> residency(ModelRef.Numbered ref) {
        return runtime.models().loaded(ref).map(loaded -> new Residency(loaded.bytes(), setups(loaded), runs(loaded)));
    }

    private static List<Residency.Setup> setups(LoadedVersion loaded) {
        List<Residency.Setup> setups = new ArrayList<>();
        new TreeMap<>(loaded.setups())
                .forEach((stage, devices) -> new TreeMap<>(devices)
                        .forEach((device, setup) -> setups.add(new Residency.Setup(
                                stage, device, setup.sessions(), setup.threads(), setup.mostRows()))));
        return setups;
    }

    private static List<Residency.Run> runs(LoadedVersion loaded) {
        List<Residency.Run> runs = new ArrayList<>();
        loaded.stages()
                .forEach((stage, devices) -> devices.forEach((device, preparation) -> preparation
                        .warmUp()
                        .points()
                        .forEach(point -> runs.add(new Residency.Run(
                                stage, device, point.row().getFirst().extents(), point.rows(), point.nanos())))));
        return runs;
    }

    @Override
    public Registered register(ModelName name, Path upload, ProgressListener progress) {
        Path beside = Optional.ofNullable(upload.toAbsolutePath().getParent()).orElseThrow();
        try (OfferedFile offered = OfferedFile.open(upload, beside)) {
            Registration registration = runtime.register(name, offered.source(), Optional.empty(), progress);
            return new Registered(
                    registration.version(),
                    registration.derivation().origins(),
                    registration.derivation().questions(),
                    registration.failure(),
                    registry.model(name).signers(registration.version().number()),
                    registry.validation(registration.version().ref()));
        } catch (IOException e) {
            throw new UncheckedIOException("the upload cannot be read again", e);
        }
    }

    @Override
    public void moveAlias(ModelName name, String alias, long version, OptionalLong expected) {
        runtime.moveAlias(name, alias, version, expected(expected));
    }

    @Override
    public long rollBack(ModelName name, String alias, OptionalLong expected) {
        return runtime.rollBack(name, alias, expected(expected)).number();
    }

    private static Expected expected(OptionalLong version) {
        return version.isPresent() ? new Expected.AtVersion(version.getAsLong()) : new Expected.Anything();
    }

    @Override
    public Optional<Rollout> rollout(ModelName name, String alias) {
        return registry.models().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .flatMap(entry -> entry.rollout(alias));
    }

    @Override
    public Optional<RolloutReport> rolloutReport(ModelRef.Aliased alias) {
        return runtime.rolloutReport(alias);
    }

    @Override
    public void rollOut(ModelName name, String alias, Rollout rollout) {
        runtime.rollOut(name, alias, rollout);
    }

    @Override
    public void endRollout(ModelName name, String alias) {
        registry.endRollout(name, alias);
    }

    @Override
    public ModelVersion retire(ModelRef.Numbered ref) {
        return runtime.retire(ref);
    }

    @Override
    public List<String> behind() {
        try {
            return registry.behind();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }

    @Override
    public List<ModelVersion> removable(ModelName name, int keep) {
        return registry.removable(name, keep);
    }

    @Override
    public List<ModelVersion> prune(ModelName name, int keep) {
        List<ModelVersion> removed = new ArrayList<>();
        for (ModelVersion version : registry.removable(name, keep)) {
            try {
                runtime.retire(version.ref());
                registry.remove(version.ref());
                removed.add(version);
            } catch (InUse | ModelNotFound | VersionNotFound _) {
                // It was taken into use, or held, since; or somebody else has removed it.
            }
        }
        return List.copyOf(removed);
    }

    @Override
    public Map<Long, Hold> holds(ModelName name) {
        return registry.holds(name);
    }

    @Override
    public void hold(ModelRef.Numbered ref, String reason) {
        registry.hold(ref, reason);
    }

    @Override
    public void release(ModelRef.Numbered ref) {
        var _ = registry.release(ref);
    }

    @Override
    public ValidationAdmin validations() {
        return validations;
    }

    @Override
    public ProjectAdmin projects() {
        return projects;
    }

    @Override
    public AuditPage audit(Tenant tenant, long after, int most) {
        return tenant.equals(Tenant.LOCAL) ? registry.audit(after, most) : registry.audit(tenant, after, most);
    }
}
