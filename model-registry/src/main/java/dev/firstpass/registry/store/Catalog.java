package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ManifestReader;
import dev.firstpass.registry.manifest.ManifestWriter;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.store.MetadataStore.AliasRow;
import dev.firstpass.registry.store.MetadataStore.Contents;
import dev.firstpass.registry.store.MetadataStore.ProjectRow;
import dev.firstpass.registry.store.MetadataStore.RolloutRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What readers see of the models and projects: a snapshot in memory, replaced name by name after each commit. A
/// change is seen by every call that begins after `publish` returned.
///
/// Thread-safe; reading neither waits nor touches the disk.
final class Catalog {
    private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

    private final MetadataStore metadata;
    private final ArtifactStore artifacts;
    private final Damage damage;

    /// Version -> stage -> most rows of one run, for those that were found to take fewer than they claim.
    private final Map<ModelRef.Numbered, Map<String, Integer>> rowLimits = new ConcurrentHashMap<>();

    private final Object publishing = new Object();

    /// Up to which line of the audit what is published of a model is from; guarded by `publishing`.
    private final Map<ModelName, Long> published = new HashMap<>();

    /// The last line of the audit that a change of this server was published with, or one after it.
    private final AtomicLong changed = new AtomicLong();

    private volatile Map<ModelName, ModelEntry> models = Map.of();

    /// Versions of each labeling project, by number; none is there without one.
    private volatile Map<ProjectName, List<Project>> projects = Map.of();

    private volatile List<String> found = List.of();

    /// Empty until something is published.
    ///
    /// @param damage by which versions may be lost, which are never published
    Catalog(MetadataStore metadata, ArtifactStore artifacts, Damage damage) {
        this.damage = damage;
        this.metadata = metadata;
        this.artifacts = artifacts;
    }

    // --- Reading

    /// Of all tenants.
    List<ModelEntry> models() {
        return List.copyOf(models.values());
    }

    List<ModelEntry> models(Tenant tenant) {
        return models.values().stream()
                .filter(entry -> entry.name().tenant().equals(tenant))
                .toList();
    }

    boolean has(ModelName name) {
        return models.containsKey(name);
    }

    /// @throws ModelNotFound if there is no such model
    ModelEntry model(ModelName name) {
        ModelEntry entry = models.get(name);
        if (entry == null) {
            throw new ModelNotFound(name + ": no such model");
        }
        return entry;
    }

    /// The version that a reference names now, in whatever state it is.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if the model has no such version or alias
    ModelVersion resolve(ModelRef ref) {
        ModelEntry entry = model(ref.name());
        Optional<ModelVersion> found = switch (ref) {
            case ModelRef.Numbered numbered -> entry.version(numbered.number());
            case ModelRef.Aliased aliased -> entry.aliased(aliased.alias());
        };
        return found.orElseThrow(() -> new VersionNotFound(ref + ": no such version or alias"));
    }

    /// The canary that an asset meets under an alias; empty where the alias is not rolled out, or the asset is not one of
    /// those that meet it.
    ///
    /// @param asset the caller's identifier of the asset
    /// @throws ModelNotFound if there is no such model
    Optional<ModelVersion> canary(ModelRef.Aliased ref, String asset) {
        ModelEntry entry = model(ref.name());
        return entry.rollout(ref.alias())
                .filter(rollout -> rollout.meetsCanary(ref.name(), asset))
                .flatMap(rollout -> entry.version(rollout.canary().orElseThrow()));
    }

    /// The version of that number, if it is known.
    Optional<ModelVersion> version(ModelName name, long number) {
        return Optional.ofNullable(models.get(name)).flatMap(entry -> entry.version(number));
    }

    /// The versions that requests by alias can meet: what a server must have ready.
    List<ModelVersion> versionsInUse() {
        return Stream.concat(
                        aliasesInUse().values().stream(),
                        models.values().stream()
                                .flatMap(entry ->
                                        entry.rollouts().values().stream().flatMap(entry::candidates)))
                .distinct()
                .toList();
    }

    /// Every alias of every model with the version that it names.
    Map<ModelRef.Aliased, ModelVersion> aliasesInUse() {
        Map<ModelRef.Aliased, ModelVersion> used = new HashMap<>();
        for (ModelEntry entry : models.values()) {
            for (String alias : entry.aliases().keySet()) {
                entry.aliased(alias).ifPresent(to -> used.put(new ModelRef.Aliased(entry.name(), alias), to));
            }
        }
        return Map.copyOf(used);
    }

    /// Most rows that a stage of a version may be given in one run: what its manifest claims, or less where a trial found
    /// that to be too much. From memory.
    int mostRows(ModelVersion version, String stage) {
        int claimed = version.manifest().spec().stage(stage).maxBatch();
        return Math.min(claimed, rowLimits.getOrDefault(version.ref(), Map.of()).getOrDefault(stage, claimed));
    }

    /// The newest version of each labeling project of a tenant, by name.
    List<Project> projects(Tenant tenant) {
        return projects.values().stream()
                .map(List::getLast)
                .filter(project -> project.name().tenant().equals(tenant))
                .toList();
    }

    /// All versions of a labeling project, by number; empty where there is no such project.
    List<Project> projectVersions(ProjectName name) {
        return projects.getOrDefault(name, List.of());
    }

    /// The last line of the audit that a change of this server was published with, or one after it.
    long changed() {
        return changed.get();
    }

    /// What was found damaged when everything was published, each in words.
    List<String> damage() {
        return found;
    }

    // --- Publishing

    /// Publishes everything there is.
    ///
    /// @return what it was made of
    Contents publishAll() {
        Contents contents = metadata.contents();
        synchronized (publishing) {
            models = entries(contents);
            projects = Collections.unmodifiableMap(projects(contents));
            rowLimits.putAll(contents.rowLimits());
            changed.set(contents.line());
            found = Stream.concat(
                            damage.found().stream(),
                            Stream.concat(
                                    contents.versions().stream()
                                            .filter(this::isHidden)
                                            .map(Catalog::withoutManifest),
                                    contents.projects().stream()
                                            .filter(row -> !damage.isLost(row))
                                            .filter(row -> read(row).isEmpty())
                                            .map(Catalog::withoutSpec)))
                    .toList();
        }
        return contents;
    }

    /// Whether a version is not shown since its manifest is not the one that it was registered with.
    private boolean isHidden(VersionRow row) {
        return !damage.isLost(row) && version(row.name(), row.number()).isEmpty();
    }

    private static String withoutManifest(VersionRow row) {
        return row.name().qualified() + "@" + row.number()
                + " is damaged: its manifest is not the one its digest names";
    }

    private static String withoutSpec(ProjectRow row) {
        return "project " + row.name().qualified() + "@" + row.number()
                + " is damaged: what it says is not what its digest names";
    }

    /// Replaces what readers see of one model, and of the project of that name, by what is committed.
    void publish(ModelName name) {
        synchronized (publishing) {
            Contents contents = metadata.contents(name);
            publish(Map.of(name, contents));
            changed.accumulateAndGet(contents.line(), Math::max);
        }
    }

    /// Replaces what readers see of some models, unless what they see is newer.
    void publish(Map<ModelName, Contents> found) {
        synchronized (publishing) {
            Map<ModelName, ModelEntry> next = new TreeMap<>(ModelName.ORDER);
            next.putAll(models);
            Map<ProjectName, List<Project>> nextProjects = new TreeMap<>(ProjectName.ORDER);
            nextProjects.putAll(projects);
            found.forEach((name, contents) -> {
                if (contents.line() >= published.getOrDefault(name, 0L)) {
                    published.put(name, contents.line());
                    // The last version of a model may have been removed.
                    next.remove(name);
                    next.putAll(entries(contents));
                    nextProjects.putAll(projects(contents));
                    rowLimits.putAll(contents.rowLimits());
                }
            });
            models = Collections.unmodifiableMap(next);
            projects = Collections.unmodifiableMap(nextProjects);
        }
    }

    /// Publishes how many rows the stages of a version may be given in one run.
    ///
    /// @param rows stage -> rows; what is not in it, as many as the manifest claims
    void publish(ModelRef.Numbered ref, Map<String, Integer> rows) {
        rowLimits.put(ref, Map.copyOf(rows));
    }

    /// What was published so; empty if nothing was.
    Map<String, Integer> rowLimits(ModelRef.Numbered ref) {
        return rowLimits.getOrDefault(ref, Map.of());
    }

    // --- From rows to models

    /// The models that these rows make.
    private Map<ModelName, ModelEntry> entries(Contents contents) {
        Map<ModelName, ModelEntry> entries = new TreeMap<>(ModelName.ORDER);
        Map<ModelName, List<AliasRow>> aliasesByName =
                contents.aliases().stream().collect(Collectors.groupingBy(AliasRow::name));
        Map<ModelName, List<RolloutRow>> rolloutsByName =
                contents.rollouts().stream().collect(Collectors.groupingBy(RolloutRow::name));
        contents.versions().stream()
                .filter(row -> !damage.isLost(row))
                .collect(Collectors.groupingBy(VersionRow::name))
                .forEach((name, rows) -> entries.put(
                        name,
                        entry(
                                name,
                                rows,
                                aliasesByName.getOrDefault(name, List.of()),
                                rolloutsByName.getOrDefault(name, List.of()),
                                contents.signers())));
        return Collections.unmodifiableMap(entries);
    }

    private ModelEntry entry(
            ModelName name,
            List<VersionRow> rows,
            List<AliasRow> aliasRows,
            List<RolloutRow> rolloutRows,
            Map<ModelRef.Numbered, List<SignedBy>> allSigners) {
        Optional<ModelEntry> before = Optional.ofNullable(models.get(name));
        List<ModelVersion> versions = new ArrayList<>();
        Map<Long, String> failures = new HashMap<>();
        Map<Long, List<SignedBy>> signers = new HashMap<>();
        for (VersionRow row : rows) {
            Optional.ofNullable(allSigners.get(new ModelRef.Numbered(name, row.number())))
                    .ifPresent(some -> signers.put(row.number(), List.copyOf(some)));
            // A manifest never changes, so it is read once.
            before.flatMap(entry -> entry.version(row.number()))
                    .map(ModelVersion::manifest)
                    .or(() -> readManifest(row))
                    .ifPresent(manifest -> versions.add(version(name, row, manifest)));
            if (!row.reason().isEmpty()) {
                failures.put(row.number(), row.reason());
            }
        }
        Map<String, Long> aliases = aliasRows.stream().collect(Collectors.toMap(AliasRow::alias, AliasRow::number));
        Map<String, Rollout> rollouts =
                rolloutRows.stream().collect(Collectors.toMap(RolloutRow::alias, RolloutRow::rollout));
        return new ModelEntry(name, versions, aliases, rollouts, failures, signers);
    }

    private ModelVersion version(ModelName name, VersionRow row, Manifest manifest) {
        return new ModelVersion(
                name,
                row.number(),
                row.digest(),
                manifest,
                artifacts.files(row.digest()),
                row.state(),
                row.registeredAt());
    }

    /// Empty, and logged, where the row does not hold what its digest says: such a version is not shown and not
    /// served.
    private static Optional<Manifest> readManifest(VersionRow row) {
        try {
            byte[] canonical = row.manifest().getBytes(StandardCharsets.UTF_8);
            if (ManifestWriter.digest(canonical).equals(row.digest())) {
                return Optional.of(ManifestReader.readCanonical(canonical));
            }
            LOG.error("{}", withoutManifest(row));
        } catch (ManifestInvalid e) {
            LOG.error("{}@{} is damaged: {}", row.name().qualified(), row.number(), e.getMessage());
        }
        return Optional.empty();
    }

    // --- From rows to projects

    /// The projects that these rows make: what is damaged is not among them.
    private Map<ProjectName, List<Project>> projects(Contents contents) {
        Map<ProjectName, List<Project>> found = new TreeMap<>(ProjectName.ORDER);
        for (ProjectRow row : contents.projects()) {
            if (!damage.isLost(row)) {
                read(row)
                        .ifPresent(project -> found.computeIfAbsent(project.name(), _ -> new ArrayList<>())
                                .add(project));
            }
        }
        found.replaceAll((_, versions) -> List.copyOf(versions));
        return found;
    }

    /// Empty, and logged, where the row does not hold what its digest says.
    private static Optional<Project> read(ProjectRow row) {
        try {
            if (ProjectDocument.digest(row.spec()).equals(row.digest())) {
                return Optional.of(new Project(
                        row.name(),
                        row.number(),
                        row.digest(),
                        ProjectDocument.readCanonical(row.spec()),
                        row.createdAt()));
            }
            LOG.error("{}", withoutSpec(row));
        } catch (ArgumentInvalid e) {
            LOG.error("project {}@{} is damaged: {}", row.name().qualified(), row.number(), e.getMessage());
        }
        return Optional.empty();
    }
}
