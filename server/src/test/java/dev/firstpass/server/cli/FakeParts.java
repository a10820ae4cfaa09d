package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeProjects;
import dev.firstpass.server.frontend.FakeTokens;
import dev.firstpass.server.ledger.LedgerReader;
import dev.firstpass.server.tuning.TuningListener;
import dev.firstpass.server.tuning.TuningReport;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Parts without a server: a registry in a map, and a model that finds one `cat` in every file, but refuses files
/// that begin with `broken` and knows no other model than `coco`.
///
/// Thread-safe where the real ones are.
final class FakeParts implements Parts {
    /// What a server was started with.
    record Started(Path data, ServerSettings settings) {}

    final List<Started> started = Collections.synchronizedList(new ArrayList<>());
    final List<String> labeled = Collections.synchronizedList(new ArrayList<>());
    final List<DoctorCheck> engineChecks = new ArrayList<>();
    final Map<String, Long> versions = new TreeMap<>();
    final List<AuditLine> audit = new ArrayList<>();
    private final Map<String, Long> aliases = new TreeMap<>();
    boolean serverClosed;

    /// What was asked for, and what is found then.
    final List<PrelabelAccess.Job> jobs = Collections.synchronizedList(new ArrayList<>());

    Function<PrelabelAccess.Job, Prelabels> finds = job -> oneCat(job.assetId());
    /// Of every answer.
    Map<String, Integer> dropped = Map.of();

    GeometryKind geometry = GeometryKind.BOX;
    /// What servers have in memory, and why the one that is asked cannot load it.
    List<RegistryAccess.ReplicaState> replicas = List.of();

    Optional<String> failure = Optional.empty();

    /// Of every version.
    String digest = "sha256:" + "1".repeat(64);

    /// What tuning finds.
    Optional<TuningReport> tuning = Optional.empty();

    /// What trials find.
    ValidationReport validation = new ValidationReport(
            Instant.parse("2026-01-02T03:04:05Z"),
            1234,
            "cpu",
            List.of(new Check("photo", Check.Outcome.PASSED, "3 labels")),
            Map.of(),
            List.of());

    @Override
    public RunningServer startServer(Path data, ServerSettings settings, Progress progress) {
        started.add(new Started(data, settings));
        return new RunningServer() {
            @Override
            public URI url() {
                return URI.create("http://127.0.0.1:8080/");
            }

            @Override
            public URI adminUrl() {
                return URI.create("http://127.0.0.1:8081/");
            }

            @Override
            public int underWay() {
                return 0;
            }

            @Override
            public int abandoned() {
                return 0;
            }

            @Override
            public Optional<String> token() {
                return Optional.of("fp_own");
            }

            @Override
            public void close() {
                serverClosed = true;
            }
        };
    }

    @Override
    public TuningReport tune(
            ModelVersion version, Path folder, RuntimeConfig config, Duration time, TuningListener listener) {
        listener.measured(1, 2);
        listener.measured(2, 2);
        return tuning.orElseThrow(UnsupportedOperationException::new);
    }

    @Override
    public RegistryAccess openRegistry(Path data, RegistrySettings settings) {
        return new FakeRegistry();
    }

    @Override
    public PrelabelAccess openPrelabels(Path data, RegistrySettings settings, Progress progress) {
        return new PrelabelAccess() {
            @Override
            public Model model(ModelRef ref) {
                if (!ref.name().value().equals("coco")) {
                    throw Failure.of(Reason.MODEL_NOT_FOUND, "no model is called that")
                            .asException();
                }
                return new Model(
                        ref instanceof ModelRef.Numbered ? ref : ModelRef.parse("coco@1"),
                        List.of("dog", "cat"),
                        Optional.of(geometry),
                        Map.of("dog", 0.5, "cat", 0.5));
            }

            @Override
            public Project project(ProjectRef ref) {
                return projects.project(ref);
            }

            @Override
            public Answer prelabel(Job job) {
                return answer(job);
            }

            @Override
            public void close() {}
        };
    }

    private PrelabelAccess.Answer answer(PrelabelAccess.Job job) {
        if (!job.model().name().value().equals("coco")) {
            throw Failure.of(Reason.MODEL_NOT_FOUND, "no model is called that").asException();
        }
        if (new String(job.image(), StandardCharsets.UTF_8).startsWith("broken")) {
            throw Failure.of(Reason.IMAGE_UNDECODABLE, "no image").asException();
        }
        labeled.add(job.assetId());
        jobs.add(job);
        Map<String, PrelabelAccess.LabelFile> files = new LinkedHashMap<>();
        for (String format : job.formats()) {
            byte[] body = (format + " of " + job.assetId()).getBytes(StandardCharsets.UTF_8);
            files.put(format, new PrelabelAccess.LabelFile(body, ".json"));
        }
        return new PrelabelAccess.Answer("coco@1", files, Optional.of(finds.apply(job)), Map.of("total", 1.5), dropped);
    }

    static Prelabels oneCat(String assetId) {
        return new Prelabels(
                new AssetInfo(assetId, new ImageSize(64, 48), "sha256:" + "0".repeat(64)),
                new Provenance("p1", "coco", 1, "sha256:" + "1".repeat(64), "ssd", ""),
                List.of(new Annotation.Box(new Candidate(0, "cat", 0.9), new Rect(1, 2, 30, 40))),
                List.of());
    }

    @Override
    public PredictionAccess openPredictions(Path data) {
        return new LocalPredictions(LedgerReader.of(data));
    }

    @Override
    public DemoKit demoKit(Progress progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] paintForPage(byte[] image, List<Annotation> labels, int maxSide) {
        return paintOverlay(image, labels);
    }

    @Override
    public byte[] paintOverlay(byte[] image, List<Annotation> labels) {
        String named = labels.stream().map(label -> label.candidate().label()).collect(Collectors.joining(", "));
        return ("overlay of " + named).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public ImageSize imageSize(byte[] image) {
        if (new String(image, StandardCharsets.UTF_8).startsWith("broken")) {
            throw new DataSetException("no image");
        }
        return new ImageSize(64, 48);
    }

    @Override
    public List<DoctorCheck> engineChecks() {
        return List.copyOf(engineChecks);
    }

    /// The labeling projects; none unless a test sets one.
    final FakeProjects projects = new FakeProjects();

    /// What `models prune` removed.
    final List<String> pruned = new ArrayList<>();

    /// The registry's tokens.
    final FakeTokens tokens = new FakeTokens();

    private final class FakeRegistry implements RegistryAccess {
        @Override
        public List<TokenDetails> tokens() {
            return tokens.list().stream().map(LocalRegistry::details).toList();
        }

        @Override
        public CreatedToken createToken(NewToken wish) {
            Tokens.Created created = tokens.create(wish, "local");
            return new CreatedToken(
                    LocalRegistry.details(created.token()), created.secret().text());
        }

        @Override
        public void revokeToken(Tenant tenant, String name) {
            if (!tokens.revoke(tenant, name, "local")) {
                throw Failure.of(Reason.TOKEN_NOT_FOUND, name + ": no such token")
                        .asException();
            }
        }

        @Override
        public List<ModelSummary> list() {
            List<ModelSummary> models = new ArrayList<>();
            versions.forEach((name, newest) -> models.add(new ModelSummary(
                    name,
                    java.util.stream.LongStream.rangeClosed(1, newest).boxed().toList(),
                    Map.copyOf(aliases),
                    "ssd",
                    "box",
                    List.of("cat", "dog"),
                    "AVAILABLE",
                    replicas)));
            return models;
        }

        @Override
        public VersionDetails show(ModelRef ref) {
            if (!versions.containsKey(ref.name().value())) {
                throw new RegistryException.ModelNotFound(ref.name() + ": no such model");
            }
            return new VersionDetails(
                    ref.name() + "@1",
                    digest,
                    "AVAILABLE",
                    failure,
                    replicas,
                    "2026-01-01T00:00:00Z",
                    List.of("production"),
                    "ssd",
                    "box",
                    List.of("cat", "dog"),
                    List.of(new Signature("sha256:" + "2".repeat(64), "sha256sums")),
                    List.of(new Setup("main", "cpu", 2, 1, 8)),
                    Optional.of(ReportJson.write(validation)),
                    manifest());
        }

        private static com.fasterxml.jackson.databind.JsonNode manifest() {
            var json = new com.fasterxml.jackson.databind.json.JsonMapper().createObjectNode();
            json.put("family", "ssd").putArray("files").addObject().put("path", "model.onnx");
            return json;
        }

        @Override
        public Registration register(ModelName name, Path path, Optional<Path> manifest, Progress progress) {
            long number = versions.merge(name.value(), 1L, Long::sum);
            aliases.putIfAbsent("production", number);
            return new Registration(
                    name + "@" + number,
                    "sha256:" + "1".repeat(64),
                    "AVAILABLE",
                    manifest(),
                    Map.of("family", "file"),
                    Map.of(),
                    Optional.empty(),
                    List.of());
        }

        @Override
        public AliasMove moveAlias(ModelName name, String alias, long version, OptionalLong expect) {
            Long before = aliases.get(alias);
            if (expect.isPresent() && (before == null || before != expect.getAsLong())) {
                throw new RegistryException.PreconditionFailed(
                        alias + ": " + before + " (expected: " + expect.getAsLong() + ")");
            }
            aliases.put(alias, version);
            return new AliasMove(
                    name + "@" + alias, version, before == null ? OptionalLong.empty() : OptionalLong.of(before));
        }

        @Override
        public AliasMove rollBack(ModelName name, String alias, OptionalLong expect) {
            return moveAlias(name, alias, 1, expect);
        }

        @Override
        public RolloutState rollOut(ModelName name, String alias, Rollout rollout) {
            return new RolloutState(
                    name + "@" + alias,
                    1,
                    rollout.canary(),
                    rollout.percent(),
                    rollout.shadow(),
                    rollout.shadowPercent(),
                    Optional.empty(),
                    List.of());
        }

        @Override
        public RolloutState endRollout(ModelName name, String alias) {
            return rollout(name, alias);
        }

        @Override
        public RolloutState rollout(ModelName name, String alias) {
            return new RolloutState(
                    name + "@" + alias,
                    1,
                    OptionalLong.empty(),
                    0,
                    OptionalLong.empty(),
                    0,
                    Optional.empty(),
                    List.of());
        }

        @Override
        public VersionState retire(ModelRef ref) {
            throw new RegistryException.InUse(ref + " is in use");
        }

        /// Version 1 of each model is old.
        @Override
        public List<OldVersion> prune(ModelName name, int keep, boolean dryRun) {
            if (!dryRun) {
                pruned.add(name + "@1");
            }
            return keep > 0 ? List.of() : List.of(new OldVersion(name + "@1", "sha256:1", "RETIRED", 42));
        }

        @Override
        public HeldVersion hold(ModelRef ref, String reason) {
            return new HeldVersion(ref.toString(), Optional.of(reason));
        }

        @Override
        public HeldVersion release(ModelRef ref) {
            return new HeldVersion(ref.toString(), Optional.empty());
        }

        @Override
        public List<ProjectDetails> projects() {
            return projects.projects(Tenant.LOCAL).stream().map(this::details).toList();
        }

        @Override
        public ProjectDetails project(ProjectRef ref) {
            return details(projects.project(ref));
        }

        @Override
        public ProjectDetails setProject(ProjectName name, byte[] document) {
            return details(projects.set(name, ProjectDocument.read(document)));
        }

        private ProjectDetails details(Project project) {
            return new ProjectDetails(
                    project.ref().toString(),
                    project.name().value(),
                    project.number(),
                    project.digest(),
                    project.createdAt().toString(),
                    projects.versions(project.name()),
                    ProjectDocument.tree(project.spec()),
                    List.of());
        }

        @Override
        public ProjectCheck validateProject(ProjectRef ref, ModelRef model, List<String> labels) {
            LabelingCheck check = projects.check(ref, model, labels);
            return new ProjectCheck(
                    projects.project(ref).ref().toString(),
                    model.toString(),
                    check.isFit(),
                    check.unmapped(),
                    check.unknownClasses(),
                    check.unknownLabels(),
                    check.unusedLabels(),
                    check.geometry());
        }

        @Override
        public Validation validate(ModelRef ref, Progress progress) {
            return new Validation(ref.name() + "@1", ReportJson.write(validation));
        }

        @Override
        public AuditPage audit(long after) {
            return new AuditPage(
                    audit.stream().filter(line -> line.id() > after).toList(),
                    audit.isEmpty()
                            ? AuditHead.START
                            : new AuditHead(
                                    audit.getLast().id(), audit.getLast().hash()));
        }

        @Override
        public void close() {}
    }
}
