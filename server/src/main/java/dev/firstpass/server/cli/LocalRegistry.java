package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.bundle.OfferedFile;
import dev.firstpass.registry.manifest.ManifestWriter;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.pipeline.FormatChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// The registry in this process. It is opened for each call and closed after it: a look needs the metadata alone,
/// while a registration tries the model out and so needs the engines.
///
/// For one thread.
final class LocalRegistry implements RegistryAccess {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int AUDIT_PAGE = 1000;

    private final Supplier<ModelRegistry> metadata;
    private final Supplier<ServerRuntime> runtime;

    LocalRegistry(Supplier<ModelRegistry> metadata, Supplier<ServerRuntime> runtime) {
        this.metadata = metadata;
        this.runtime = runtime;
    }

    @Override
    public List<ModelSummary> list() {
        try (ModelRegistry registry = metadata.get()) {
            return registry.models(Tenant.LOCAL).stream()
                    .filter(entry -> !entry.versions().isEmpty())
                    .map(LocalRegistry::summary)
                    .toList();
        }
    }

    private static ModelSummary summary(ModelEntry entry) {
        ModelVersion shown = entry.aliased(ModelRef.PRODUCTION)
                .orElseGet(() -> entry.versions().getLast());
        return new ModelSummary(
                entry.name().value(),
                entry.versions().stream().map(ModelVersion::number).toList(),
                entry.aliases(),
                shown.manifest().spec().family(),
                geometry(shown),
                shown.manifest().spec().classes(),
                shown.state().name());
    }

    @Override
    public VersionDetails show(ModelRef ref) {
        try (ModelRegistry registry = metadata.get()) {
            ModelVersion version = registry.resolve(ref);
            return new VersionDetails(
                    version.ref().toString(),
                    version.digest(),
                    version.state().name(),
                    Optional.ofNullable(registry.model(ref.name()).failures().get(version.number())),
                    List.of(),
                    version.registeredAt().toString(),
                    registry.model(ref.name()).aliases().entrySet().stream()
                            .filter(alias -> alias.getValue() == version.number())
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList(),
                    version.manifest().spec().family(),
                    geometry(version),
                    version.manifest().spec().classes(),
                    signatures(registry, version),
                    List.of(),
                    registry.validation(version.ref()).map(ReportJson::write),
                    json(version.manifest()));
        }
    }

    private static List<Signature> signatures(ModelRegistry registry, ModelVersion version) {
        return registry.model(version.name()).signers(version.number()).stream()
                .map(signer -> new Signature(signer.key(), signer.form().id()))
                .toList();
    }

    private static String geometry(ModelVersion version) {
        ModelSpec spec = version.manifest().spec();
        return ModelFamilies.byId(spec.family())
                .map(family -> family.nativeGeometry(spec.parameters()).id())
                .orElse("");
    }

    @Override
    public Registration register(ModelName name, Path path, Optional<Path> manifest, Progress progress) {
        try (OfferedFile offered = OfferedFile.open(path);
                ServerRuntime open = runtime.get();
                StepProgress steps = new StepProgress(progress)) {
            var registered = steps.during(() -> open.register(name, offered.source(), manifest, steps));
            ModelVersion version = registered.version();
            return new Registration(
                    version.ref().toString(),
                    version.digest(),
                    version.state().name(),
                    json(version.manifest()),
                    registered.derivation().origins(),
                    registered.derivation().questions(),
                    Optional.of(registered.failure()).filter(failure -> !failure.isEmpty()),
                    signatures(open.registry(), version));
        } catch (IOException e) {
            throw CliException.failed("cannot read " + path + ": " + ErrorText.of(e), e);
        }
    }

    @Override
    public AliasMove moveAlias(ModelName name, String alias, long version, OptionalLong expect) {
        try (ModelRegistry registry = metadata.get()) {
            Optional<Long> previous =
                    Optional.ofNullable(registry.model(name).aliases().get(alias));
            registry.moveAlias(
                    name,
                    alias,
                    version,
                    expect.isPresent() ? new Expected.AtVersion(expect.getAsLong()) : new Expected.Anything());
            return new AliasMove(
                    name + "@" + alias, version, previous.map(OptionalLong::of).orElseGet(OptionalLong::empty));
        }
    }

    @Override
    public AliasMove rollBack(ModelName name, String alias, OptionalLong expect) {
        try (ModelRegistry registry = metadata.get()) {
            long present = registry.resolve(new ModelRef.Aliased(name, alias)).number();
            long to = registry.before(name, alias, _ -> true).number();
            registry.moveAlias(new AliasChange(
                    name, alias, to, new Expected.AtVersion(expect.orElse(present)), AliasChange.Kind.ROLLBACK));
            return new AliasMove(name + "@" + alias, to, OptionalLong.of(present));
        }
    }

    @Override
    public RolloutState rollOut(ModelName name, String alias, Rollout rollout) {
        try (ModelRegistry registry = metadata.get()) {
            registry.rollOut(name, alias, rollout);
            return state(registry, name, alias);
        }
    }

    @Override
    public RolloutState endRollout(ModelName name, String alias) {
        try (ModelRegistry registry = metadata.get()) {
            registry.endRollout(name, alias);
            return state(registry, name, alias);
        }
    }

    @Override
    public RolloutState rollout(ModelName name, String alias) {
        try (ModelRegistry registry = metadata.get()) {
            return state(registry, name, alias);
        }
    }

    private static RolloutState state(ModelRegistry registry, ModelName name, String alias) {
        ModelRef.Aliased ref = new ModelRef.Aliased(name, alias);
        long stable = registry.resolve(ref).number();
        return registry.model(name)
                .rollout(alias)
                .map(rollout -> new RolloutState(
                        ref.toString(),
                        stable,
                        rollout.canary(),
                        rollout.percent(),
                        rollout.shadow(),
                        rollout.shadowPercent(),
                        Optional.empty(),
                        List.of()))
                .orElseGet(() -> new RolloutState(
                        ref.toString(),
                        stable,
                        OptionalLong.empty(),
                        0,
                        OptionalLong.empty(),
                        0,
                        Optional.empty(),
                        List.of()));
    }

    @Override
    public VersionState retire(ModelRef ref) {
        try (ModelRegistry registry = metadata.get()) {
            ModelRef.Numbered version = registry.resolve(ref).ref();
            registry.retire(version);
            return new VersionState(
                    version.toString(), registry.resolve(version).state().name());
        }
    }

    /// Nothing has a version loaded here.
    @Override
    public List<OldVersion> prune(ModelName name, int keep, boolean dryRun) {
        try (ModelRegistry registry = metadata.get()) {
            List<OldVersion> old = new ArrayList<>();
            for (ModelVersion version : registry.removable(name, keep)) {
                if (!dryRun) {
                    registry.remove(version.ref());
                }
                old.add(new OldVersion(
                        version.ref().toString(),
                        version.digest(),
                        version.state().name(),
                        version.manifest().files().stream()
                                .mapToLong(BundleFile::bytes)
                                .sum()));
            }
            return old;
        }
    }

    @Override
    public HeldVersion hold(ModelRef ref, String reason) {
        try (ModelRegistry registry = metadata.get()) {
            ModelRef.Numbered version = registry.resolve(ref).ref();
            registry.hold(version, reason);
            return held(registry, version);
        }
    }

    @Override
    public HeldVersion release(ModelRef ref) {
        try (ModelRegistry registry = metadata.get()) {
            ModelRef.Numbered version = registry.resolve(ref).ref();
            var _ = registry.release(version);
            return held(registry, version);
        }
    }

    private static HeldVersion held(ModelRegistry registry, ModelRef.Numbered version) {
        return new HeldVersion(
                version.toString(),
                Optional.ofNullable(registry.holds(version.name()).get(version.number()))
                        .map(Hold::reason));
    }

    @Override
    public Validation validate(ModelRef ref, Progress progress) {
        try (ServerRuntime open = runtime.get();
                StepProgress steps = new StepProgress(progress)) {
            ModelRef.Numbered version = open.registry().resolve(ref).ref();
            var report = steps.during(() -> open.validate(version, steps));
            return new Validation(version.toString(), ReportJson.write(report));
        }
    }

    @Override
    public List<ProjectDetails> projects() {
        try (ModelRegistry registry = metadata.get()) {
            return registry.projects(Tenant.LOCAL).stream()
                    .map(project -> details(registry, project))
                    .toList();
        }
    }

    @Override
    public ProjectDetails project(ProjectRef ref) {
        try (ModelRegistry registry = metadata.get()) {
            return details(registry, registry.project(ref));
        }
    }

    @Override
    public ProjectDetails setProject(ProjectName name, byte[] document) {
        ProjectSpec spec = ProjectDocument.read(document);
        FormatChoice.require(spec, LabelFormats.STANDARD);
        try (ModelRegistry registry = metadata.get()) {
            return details(registry, registry.setProject(name, spec));
        }
    }

    @Override
    public List<TokenDetails> tokens() {
        try (ModelRegistry registry = metadata.get()) {
            return registry.tokens().list().stream().map(LocalRegistry::details).toList();
        }
    }

    @Override
    public CreatedToken createToken(NewToken wish) {
        try (ModelRegistry registry = metadata.get()) {
            Tokens.Created created = registry.tokens().create(wish, Caller.LOCAL.principal());
            return new CreatedToken(details(created.token()), created.secret().text());
        }
    }

    @Override
    public void revokeToken(Tenant tenant, String name) {
        try (ModelRegistry registry = metadata.get()) {
            if (!registry.tokens().revoke(tenant, name, Caller.LOCAL.principal())) {
                throw Failure.of(Reason.TOKEN_NOT_FOUND, Words.quoted(name) + ": no such token")
                        .asException();
            }
        }
    }

    static TokenDetails details(ApiToken token) {
        return new TokenDetails(
                token.id(),
                token.name(),
                token.tenant().value(),
                token.scopes().stream().sorted().map(Scope::id).toList(),
                token.createdAt().toString(),
                token.expiresAt().map(Instant::toString),
                token.lastUsedAt().map(Instant::toString));
    }

    private static ProjectDetails details(ModelRegistry registry, Project project) {
        return new ProjectDetails(
                project.ref().toString(),
                project.name().value(),
                project.number(),
                project.digest(),
                project.createdAt().toString(),
                registry.projectVersions(project.name()).stream()
                        .map(Project::number)
                        .toList(),
                ProjectDocument.tree(project.spec()),
                List.of());
    }

    @Override
    public ProjectCheck validateProject(ProjectRef ref, ModelRef model, List<String> labels) {
        try (ModelRegistry registry = metadata.get()) {
            Project project = registry.project(ref);
            ModelVersion version = registry.resolve(model);
            ModelSpec spec = version.manifest().spec();
            ModelFamily family = ModelFamilies.byId(spec.family())
                    .orElseThrow(() -> CliException.failed("family: " + spec.family() + " is not in this release"));
            LabelingCheck check = LabelingCheck.of(
                    project.labeling(LabelingWishes.NONE), spec, family.nativeGeometry(spec.parameters()), labels);
            return new ProjectCheck(
                    project.ref().toString(),
                    version.ref().toString(),
                    check.isFit(),
                    check.unmapped(),
                    check.unknownClasses(),
                    check.unknownLabels(),
                    check.unusedLabels(),
                    check.geometry());
        }
    }

    @Override
    public AuditPage audit(long after) {
        try (ModelRegistry registry = metadata.get()) {
            return registry.audit(after, AUDIT_PAGE);
        }
    }

    private static JsonNode json(Manifest manifest) {
        try {
            return JSON.readTree(ManifestWriter.canonical(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail to be read", e);
        }
    }

    @Override
    public void close() {}

    /// The steps of a registration as pieces of work, one after the other.
    ///
    /// For one thread.
    private static final class StepProgress implements ProgressListener, AutoCloseable {
        private final Progress progress;
        private Progress.Task task = Progress.Task.SILENT;
        private Optional<Step> current = Optional.empty();
        private long total;
        private long done;

        StepProgress(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void progress(Step step, long doneSoFar, long ofTotal) {
            // How many checks a trial makes is known only when it has begun.
            boolean isKnownNow = step == Step.VALIDATING && ofTotal != total;
            if (!current.equals(Optional.of(step)) || isKnownNow) {
                task.close();
                current = Optional.of(step);
                total = ofTotal;
                done = 0;
                task = progress.begin(
                        words(step), total, step == Step.COPYING ? Progress.Unit.BYTES : Progress.Unit.STEPS);
            }
            task.advance(doneSoFar - done);
            done = doneSoFar;
        }

        <T> T during(Supplier<T> work) {
            try {
                return work.get();
            } catch (RuntimeException | Error e) {
                task.failed();
                throw e;
            }
        }

        private static String words(Step step) {
            return switch (step) {
                case COPYING -> "Copying the files";
                case DERIVING -> "Deriving the manifest";
                case STORING -> "Storing the files";
                case RECORDING -> "Recording the version";
                case VALIDATING -> "Trying the model";
            };
        }

        @Override
        public void close() {
            task.close();
        }
    }
}
