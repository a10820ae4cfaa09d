package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.format.DataSetWriter;
import dev.firstpass.postprocess.format.EntrySink;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.FormatOption;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.NoLedger;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.FakeTensors;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.Prelabeler;
import dev.firstpass.server.pipeline.Recalled;
import dev.firstpass.server.pipeline.StageTimes;
import dev.firstpass.server.rollout.ArmReport;
import dev.firstpass.server.rollout.Latencies;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.ShadowReport;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import dev.firstpass.server.upload.UploadStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/// What lies behind the doors, in memory: two models `coco` and `salient`, two formats, and a pipeline that finds
/// one dog on every image unless a test tells it otherwise.
///
/// Thread-safe.
public final class FakeBackend implements ModelListing, RegistryAdmin {
    /// Answers for models of raw tensors.
    public final FakeTensors tensors = new FakeTensors();

    private static final long MAX_KEPT = 16 << 20;

    /// Who signed coco@2, and whatever is registered.
    static final SignedBy SIGNED_BY = new SignedBy("sha256:" + "cd".repeat(32), SignedBy.Form.MODEL_SIGNING);

    public static final String DIGEST = "sha256:" + "ab".repeat(32);

    /// What trials found of all versions but the first.
    public static final ValidationReport REPORT = new ValidationReport(
            Instant.parse("2026-01-02T03:04:05Z"),
            1234,
            "cpu",
            List.of(
                    new Check("photo", Check.Outcome.PASSED, "3 labels"),
                    new Check("batches", Check.Outcome.NOTED, "at most 1 of the 16 rows that it claims")),
            Map.of("main", 1),
            List.of());

    /// The requests that reached the pipeline, oldest first.
    public final ConcurrentLinkedQueue<PrelabelRequest> requests = new ConcurrentLinkedQueue<>();

    /// What the pipeline does; [#answer] unless a test replaces it.
    public volatile Prelabeler behaviour = FakeBackend::answer;

    /// What is at hand; nothing unless a test replaces it.
    public volatile Function<PrelabelRequest, Recalled> recalled = Recalled.Nothing::new;

    public volatile boolean ready = true;

    private final Map<Long, Hold> holds = new ConcurrentHashMap<>();

    private final Map<String, Rollout> rollouts = new ConcurrentHashMap<>();

    /// What a rollout waits for.
    public volatile Runnable rollingOut = () -> {};

    /// The canary that was ended last.
    public volatile Optional<RolloutReport.Stop> stopped = Optional.empty();

    /// Why coco@1 has failed, where a test wants it so.
    public volatile Optional<String> failure = Optional.empty();

    /// What servers have in memory.
    public volatile List<Replica> replicas = List.of();

    /// Servers that do not know of a change yet.
    public volatile List<String> behind = List.of();
    /// The versions that were removed.
    public final ConcurrentLinkedQueue<ModelRef.Numbered> pruned = new ConcurrentLinkedQueue<>();

    /// The uploads that reached the registry: name and bytes.
    public final Map<String, byte[]> uploads = new ConcurrentHashMap<>();

    /// Happens in each registration before its end.
    public volatile Consumer<ProgressListener> registering = _ -> {};

    /// How many registrations and moves of aliases there were.
    public final AtomicInteger changes = new AtomicInteger();

    /// Versions beside those of coco, by name and number.
    public volatile List<ModelEntry> further = List.of();

    /// Models beside coco and salient, as callers see them.
    public volatile List<ModelDescription> furtherModels = List.of();

    /// The labeling projects: none unless a test sets one.
    public final FakeProjects projects = new FakeProjects();

    /// The tokens that callers may show.
    public final FakeTokens tokens = new FakeTokens();

    public final TokenSecret owner = TokenSecret.generate(new SecureRandom());

    /// What came in pieces.
    public final UploadStore pieces;

    private final List<LabelFormat> formats;
    private final Path area;
    private final Map<String, Long> cocoAliases = new ConcurrentHashMap<>(Map.of("production", 2L));
    private final Metrics metrics = new Metrics();

    public FakeBackend() {
        this(Limits.STANDARD, InstantSource.system());
    }

    public FakeBackend(Limits limits, InstantSource clock) {
        this(
                limits,
                clock,
                List.of(
                        new FakeFormat("firstpass", List.of()),
                        new FakeFormat("labelbox", List.of(new FormatOption("globalKey", "key of the row", "")))));
    }

    /// @param formats that answers can be had in
    public FakeBackend(Limits limits, InstantSource clock, List<LabelFormat> formats) {
        this.formats = formats;
        area = Path.of(System.getProperty("java.io.tmpdir"), "firstpass-pieces-" + UUID.randomUUID());
        pieces = UploadStore.open(area, limits.uploads(), limits.maxUploadBytes(), clock);
    }

    /// Where what came in pieces is kept; there is no such folder before the first.
    public Path area() {
        return area;
    }

    /// After which nothing can come in pieces.
    void deleteArea() {
        try {
            UploadStore.open(area, Limits.STANDARD.uploads(), 1, InstantSource.system());
            Files.deleteIfExists(area);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Metrics metrics() {
        return metrics;
    }

    public Backend backend() {
        return new Backend(
                new Prelabeler() {
                    @Override
                    public PrelabelAnswer prelabel(PrelabelRequest request) {
                        requests.add(request);
                        return behaviour.prelabel(request);
                    }

                    @Override
                    public Recalled recall(PrelabelRequest request) {
                        return recalled.apply(request);
                    }
                },
                tensors,
                this,
                this,
                pieces,
                () -> ready,
                this::status,
                new NoLedger(),
                formats,
                ModelFamilies.byId("text-regions").stream().toList(),
                metrics,
                tokens,
                owner);
    }

    private StatusReport status() {
        ModelRef.Numbered coco = new ModelRef.Numbered(new ModelName("coco"), 2);
        RunCounts counts = new RunCounts(10, 40, 80, RunCounts.NONE.bySize(), 1, 2, 3, 4, 5);
        return new StatusReport(
                Duration.ofSeconds(90),
                ready,
                List.of(new StatusReport.Device("cpu", 1 << 30, 1 << 20)),
                List.of(
                        new WorkerDescription(
                                "local", "cpu", "onnx", Optional.of(4711L), List.of("connecting"), List.of()),
                        new WorkerDescription("local", "cpu", "tensorflow", Optional.empty(), List.of(), List.of())),
                List.of(new StatusReport.Version(
                        coco,
                        Replica.Residency.SERVING,
                        List.of(ModelRef.PRODUCTION),
                        Map.of("cpu", 1L << 20),
                        Optional.of(new QueueState(
                                7, 3, 7 << 10, Duration.ofMillis(70), Duration.ofMillis(21), 0, 0, counts)))),
                List.of(new StatusReport.Split(
                        new ModelRef.Aliased(coco.name(), ModelRef.PRODUCTION), 2, new Rollout(3, 10))),
                metrics.outcomes());
    }

    /// One dog in the middle of an image of 40 x 30 pixels. An asset that would have to be fetched is refused,
    /// and an empty one is no image.
    public static PrelabelAnswer answer(PrelabelRequest request) {
        int bytes = switch (request.asset()) {
            case AssetRef.Inline inline -> inline.bytes().length;
            case AssetRef.Fetched fetched -> fetched.asset().bytes().length;
            case AssetRef.OfTask task
            when task.location().startsWith("data:") -> task.location().length();
            case AssetRef.Held _ ->
                throw Failure.ofField(Reason.ASSET_NOT_HELD, "asset.digest", "no image of that digest is at hand")
                        .asException();
            case AssetRef.Uri _, AssetRef.OfTask _ ->
                throw Failure.ofField(Reason.ASSET_FORBIDDEN, "asset.uri", "the place is not on the allow-list")
                        .asException();
        };
        if (bytes == 0) {
            throw Failure.of(Reason.IMAGE_UNDECODABLE, "no bytes (expected: an image)")
                    .asException();
        }
        Prelabels prelabels = new Prelabels(
                new AssetInfo(request.assetId().orElse(DIGEST), new ImageSize(40, 30), DIGEST),
                new Provenance(
                        UUID.randomUUID().toString(),
                        request.model().name().value(),
                        2,
                        DIGEST,
                        "ssd",
                        request.labeling().project()),
                List.of(new Annotation.Box(new Candidate(7, "dog", 0.75), new Rect(10, 5, 20, 15))),
                List.of(new Dropped(Dropped.Reason.BELOW_THRESHOLD, 3)));
        return new PrelabelAnswer(
                prelabels,
                ("{\"bytes\":" + bytes + "}").getBytes(StandardCharsets.UTF_8),
                "application/json",
                request.assetId().orElse("d\u00f6g \"1\"") + ".json",
                new FormatReport(Map.of("mask-to-polygon", 1), Map.of()),
                new StageTimes(0, 1_500_000, 20_000, 3_000_000, 400_000, 100_000, 5_021_000),
                CacheOutcome.MISS);
    }

    @Override
    public List<ModelDescription> models(Tenant tenant) {
        return Stream.concat(Stream.of(coco(2), salient()), furtherModels.stream())
                .toList();
    }

    @Override
    public ModelDescription model(ModelRef ref) {
        return switch (ref.name().value()) {
            case "coco" -> coco(cocoVersion(ref));
            case "salient" -> salient();
            case String name ->
                furtherModels.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new RegistryException.ModelNotFound("model: '" + ref.name() + "' is not registered"));
        };
    }

    private long cocoVersion(ModelRef ref) {
        Optional<Long> version = switch (ref) {
            case ModelRef.Numbered numbered -> Optional.of(numbered.number()).filter(number -> number <= 2);
            case ModelRef.Aliased aliased -> Optional.ofNullable(cocoAliases.get(aliased.alias()));
        };
        return version.orElseThrow(() -> new RegistryException.VersionNotFound("coco has no version of that name"));
    }

    private ModelDescription coco(long version) {
        return new ModelDescription(
                Tenant.LOCAL,
                "coco",
                version,
                DIGEST,
                List.of(1L, 2L),
                cocoAliases,
                "ssd",
                GeometryKind.BOX,
                false,
                List.of("cat", "dog"),
                Map.of(),
                0.5,
                Map.of("cat", 0.5, "dog", 0.75),
                ModelVersion.State.AVAILABLE);
    }

    private static ModelDescription salient() {
        return new ModelDescription(
                Tenant.LOCAL,
                "salient",
                1,
                DIGEST,
                List.of(1L),
                Map.of("production", 1L),
                "salient",
                GeometryKind.MASK,
                false,
                List.of(),
                Map.of(),
                0.25,
                Map.of(),
                ModelVersion.State.AVAILABLE);
    }

    @Override
    public List<ModelEntry> offered(Tenant tenant) {
        return entries(tenant);
    }

    @Override
    public ModelEntry offered(ModelName name) {
        return entry(name);
    }

    @Override
    public List<ModelEntry> entries(Tenant tenant) {
        List<ModelEntry> entries = new ArrayList<>();
        entries.add(new ModelEntry(
                new ModelName("coco"), versions(), cocoAliases, Map.of(), Map.of(), Map.of(2L, List.of(SIGNED_BY))));
        entries.addAll(further);
        return entries;
    }

    @Override
    public ModelEntry entry(ModelName name) {
        return entries(name.tenant()).stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new RegistryException.ModelNotFound(name + ": no such model"));
    }

    private static List<ModelVersion> versions() {
        List<ModelVersion> versions = new ArrayList<>();
        versions.add(TestVersions.version("coco", 1));
        versions.add(TestVersions.version("coco", 2));
        return versions;
    }

    @Override
    public Optional<String> failure(ModelRef.Numbered ref) {
        return ref.number() == 1 ? failure : Optional.empty();
    }

    @Override
    public Map<String, Long> aliases(ModelName name) {
        return name.value().equals("coco") ? Map.copyOf(cocoAliases) : Map.of();
    }

    @Override
    public Optional<Residency> residency(ModelRef.Numbered ref) {
        return ref.number() == 2
                ? Optional.of(new Residency(
                        Map.of("cuda:0", 400L, "cuda:1", 600L),
                        List.of(new Residency.Setup("main", "cuda:1", 1, 4, 32)),
                        List.of(new Residency.Run("main", "cuda:1", List.of(1L, 3L), 2, 1_500_000))))
                : Optional.empty();
    }

    @Override
    public Registered register(ModelName name, Path upload, ProgressListener progress) {
        changes.incrementAndGet();
        registering.accept(progress);
        try {
            if (Files.size(upload) < MAX_KEPT) {
                uploads.put(name.value(), Files.readAllBytes(upload));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return new Registered(
                TestVersions.version(name.value(), 3),
                Map.of("family", "outputs' names"),
                Map.of("input.color", "RGB or BGR? (add the line `input: {color: RGB}`)"),
                name.value().equals("broken") ? "the model does not run" : "",
                List.of(SIGNED_BY),
                Optional.of(REPORT));
    }

    @Override
    public void moveAlias(ModelName name, String alias, long version, OptionalLong expected) {
        changes.incrementAndGet();
        if (expected.isPresent()
                && !Optional.of(expected.getAsLong()).equals(Optional.ofNullable(cocoAliases.get(alias)))) {
            throw new RegistryException.PreconditionFailed("alias means another version");
        }
        cocoAliases.put(alias, version);
    }

    @Override
    public long rollBack(ModelName name, String alias, OptionalLong expected) {
        moveAlias(name, alias, 1, expected);
        return 1;
    }

    @Override
    public Optional<Rollout> rollout(ModelName name, String alias) {
        return Optional.ofNullable(rollouts.get(alias));
    }

    @Override
    public List<Replica> replicas() {
        return replicas;
    }

    @Override
    public Optional<RolloutReport> rolloutReport(ModelRef.Aliased alias) {
        return rollout(alias.name(), alias.alias()).map(this::report);
    }

    private RolloutReport report(Rollout rollout) {
        ArmReport arm = new ArmReport(10, 4, 1, new Latencies(5, 1.5, 2.5, 3.5), 20, OptionalDouble.of(0.75));
        return new RolloutReport(
                Instant.ofEpochMilli(1_767_323_045_006L),
                arm,
                rollout.canary().isPresent() ? Optional.of(arm) : Optional.empty(),
                rollout.shadow().isPresent()
                        ? Optional.of(new ShadowReport(
                                new Agreement(3, 4, 3, 1, 2, 3.6, 0.3, 0.6),
                                1,
                                2,
                                new Latencies(3, 1, 2, 3),
                                new Latencies(3, 4, 5, 6)))
                        : Optional.empty(),
                stopped);
    }

    @Override
    public void rollOut(ModelName name, String alias, Rollout rollout) {
        changes.incrementAndGet();
        rollingOut.run();
        rollouts.put(alias, rollout);
    }

    @Override
    public void endRollout(ModelName name, String alias) {
        rollouts.remove(alias);
    }

    @Override
    public ModelVersion retire(ModelRef.Numbered ref) {
        if (cocoAliases.containsValue(ref.number())) {
            throw new RegistryException.InUse(ref + " is what production names");
        }
        ModelVersion version = TestVersions.version("coco", ref.number());
        return new ModelVersion(
                version.name(),
                version.number(),
                version.digest(),
                version.manifest(),
                version.directory(),
                ModelVersion.State.RETIRED,
                version.registeredAt());
    }

    /// Version 1 may go unless it is held or stays.
    @Override
    public List<ModelVersion> removable(ModelName name, int keep) {
        if (!name.value().equals("coco")) {
            throw new RegistryException.ModelNotFound(name + ": no such model");
        }
        return keep > 0 || holds.containsKey(1L) ? List.of() : List.of(TestVersions.version("coco", 1));
    }

    @Override
    public List<ModelVersion> prune(ModelName name, int keep) {
        List<ModelVersion> removed = removable(name, keep);
        removed.forEach(version -> pruned.add(version.ref()));
        return removed;
    }

    @Override
    public Map<Long, Hold> holds(ModelName name) {
        return Map.copyOf(holds);
    }

    @Override
    public void hold(ModelRef.Numbered ref, String reason) {
        cocoVersion(ref);
        holds.put(ref.number(), new Hold(reason, Instant.ofEpochMilli(1_767_323_045_006L)));
    }

    @Override
    public void release(ModelRef.Numbered ref) {
        cocoVersion(ref);
        holds.remove(ref.number());
    }

    @Override
    public List<String> behind() {
        return behind;
    }

    @Override
    public ProjectAdmin projects() {
        return projects;
    }

    @Override
    public ValidationAdmin validations() {
        return new ValidationAdmin() {
            @Override
            public Optional<ValidationReport> report(ModelRef.Numbered ref) {
                if (ref.name().value().equals("none")) {
                    throw new RegistryException.ModelNotFound(ref.name() + ": no such model");
                }
                return ref.number() == 1 ? Optional.empty() : Optional.of(REPORT);
            }

            @Override
            public ValidationReport validate(ModelRef.Numbered ref) {
                return REPORT;
            }

            @Override
            public Optional<String> page(ModelRef.Numbered ref) {
                return report(ref).map(report -> "<!doctype html><title>" + ref + "</title>");
            }
        };
    }

    /// Three lines.
    @Override
    public AuditPage audit(Tenant tenant, long after, int most) {
        List<AuditLine> lines = new ArrayList<>();
        AuditHead head = AuditHead.START;
        for (long id = 1; id <= 3; id++) {
            AuditLine line = new AuditLine(
                            id,
                            "local",
                            "local",
                            Instant.ofEpochMilli(1_767_323_045_006L),
                            "alias",
                            "coco",
                            "production",
                            "1",
                            "2",
                            DIGEST,
                            "done",
                            "")
                    .after(head);
            head = line.head();
            lines.add(line);
        }
        return new AuditPage(
                lines.stream().filter(line -> line.id() > after).limit(most).toList(), head);
    }

    private record FakeFormat(String id, List<FormatOption> options) implements LabelFormat {
        @Override
        public String mediaType() {
            return "application/json";
        }

        @Override
        public String fileExtension() {
            return ".json";
        }

        @Override
        public String description() {
            return "a fake";
        }

        @Override
        public DataSetWriter begin(FormatContext context, EntrySink sink) {
            throw new UnsupportedOperationException("the fake pipeline writes no formats");
        }
    }
}
