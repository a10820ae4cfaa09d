package dev.firstpass.registry.store;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.Preparer;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProgressListener.Step;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignatureReader;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.manifest.Derivation;
import dev.firstpass.registry.manifest.ManifestDeriver;
import dev.firstpass.registry.manifest.ManifestDocument;
import dev.firstpass.registry.manifest.ManifestReader;
import dev.firstpass.registry.manifest.ManifestWriter;
import dev.firstpass.registry.store.ChangeFeed.Changes;
import dev.firstpass.registry.store.ChangeFeed.Wish;
import dev.firstpass.registry.store.MetadataStore.AliasRow;
import dev.firstpass.registry.store.MetadataStore.Contents;
import dev.firstpass.registry.store.MetadataStore.RolloutRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import dev.firstpass.registry.validation.ValidationReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which model versions exist, and which of them an alias names.
///
/// **Identity.** A version is its content: the SHA-256 of its canonical manifest, which lists the SHA-256 of
/// every file. Registering the same content again gives the same version; numbers grow and are never used twice.
///
/// **Crashes.** Files are copied into a staging area, synced, and moved into place in one step; then one
/// transaction writes the version down. What was acknowledged is whole after a crash at any instant; what was not
/// is absent: staging and files without a version are removed at the next start. A version whose validation was
/// cut off is REGISTERED, and registering its content again validates it.
///
/// **Reading** never touches the disk: a snapshot is kept in memory and replaced after each commit, so a change
/// is seen by every call that begins after the method that made it returned.
///
/// Thread-safe. One process owns a data directory.
public final class ModelRegistry implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ModelRegistry.class);

    private final DataDirectory data;
    private final ArtifactStore artifacts;
    private final MetadataStore metadata;
    private final ManifestDeriver deriver;
    private final Intake intake;
    private final InstantSource clock;

    /// Version -> stage -> most rows of one run, for those that were found to take fewer than they claim.
    private final Map<ModelRef.Numbered, Map<String, Integer>> rowLimits = new ConcurrentHashMap<>();

    private final List<Consumer<RegistryEvent>> listeners = new CopyOnWriteArrayList<>();
    private final Replicas replicas;

    private final Object publishing = new Object();

    /// Up to which line of the audit what is published of a model is from; guarded by `publishing`.
    private final Map<ModelName, Long> published = new HashMap<>();

    /// The last line of the audit that a change of this server was published with, or one after it.
    private final AtomicLong changed = new AtomicLong();

    private volatile Map<ModelName, ModelEntry> models = Map.of();
    private volatile Optional<Follower> follower = Optional.empty();

    private ModelRegistry(
            DataDirectory data,
            ArtifactStore artifacts,
            MetadataStore metadata,
            Replicas replicas,
            ManifestDeriver deriver,
            Intake intake,
            InstantSource clock) {
        this.data = data;
        this.artifacts = artifacts;
        this.metadata = metadata;
        this.replicas = replicas;
        this.deriver = deriver;
        this.intake = intake;
        this.clock = clock;
    }

    /// Opens the registry in `directory`, creating it where there is none, and cleans up after a crash.
    ///
    /// @param directory belongs to this registry until it is closed
    /// @throws DataUnusable if it cannot be written, is in use, damaged, or of a newer release
    /// @throws StorageFull if there is no space for it
    public static ModelRegistry open(
            Path directory, List<ModelFamily> families, SignatureReader signatures, InstantSource clock) {
        return open(DataDirectory.open(directory), Storage.LOCAL, families, signatures, clock);
    }

    /// The same in a directory that is open already, for who has more to do in it, and wherever the registry is kept.
    ///
    /// @param data is closed with the registry, and if this throws
    /// @throws Unavailable if the registry is elsewhere, and its database does not answer
    public static ModelRegistry open(
            DataDirectory data,
            Storage storage,
            List<ModelFamily> families,
            SignatureReader signatures,
            InstantSource clock) {
        return open(
                data, storage, new ManifestDeriver(families, signatures), new Intake(Intake.Limits.STANDARD), clock);
    }

    private static ModelRegistry open(
            DataDirectory data, Storage storage, ManifestDeriver deriver, Intake intake, InstantSource clock) {
        ArtifactStore artifacts = null;
        MetadataStore metadata = null;
        try {
            data.bind(storage);
            artifacts = artifacts(data, storage);
            Database database = Database.open(data, storage);
            metadata = new SqlMetadata(database);
            ModelRegistry registry =
                    new ModelRegistry(data, artifacts, metadata, replicas(database), deriver, intake, clock);
            registry.recover();
            return registry;
        } catch (IOException | RuntimeException e) {
            if (metadata != null) {
                metadata.close();
            }
            if (artifacts != null) {
                artifacts.close();
            }
            data.close();
            throw e instanceof IOException io ? StorageFailures.of(io, data.root()) : (RuntimeException) e;
        }
    }

    private static Replicas replicas(Database database) {
        return switch (database) {
            case SqliteDatabase _ -> new Replicas.None();
            case PostgresDatabase shared -> new PostgresReplicas(shared);
        };
    }

    private static ArtifactStore artifacts(DataDirectory data, Storage storage) {
        return switch (storage) {
            case Storage.Local _ -> new FolderArtifacts(data.artifacts());
            case Storage.Shared shared -> new S3Artifacts(bucket(shared.bucket()), data);
        };
    }

    /// A bucket that is away now may be back when it is needed: what this machine has a copy of can be served without it.
    private static Bucket bucket(Storage.Bucket address) {
        Bucket bucket = Bucket.open(address);
        try {
            bucket.require();
            return bucket;
        } catch (Unavailable e) {
            log.warn("{}", e.getMessage());
            return bucket;
        } catch (RuntimeException | Error e) {
            bucket.close();
            throw e;
        }
    }

    /// Brings files and metadata to one state, and reads all models.
    private void recover() throws IOException {
        Contents found = metadata.contents();
        Set<String> digests = found.versions().stream().map(VersionRow::digest).collect(Collectors.toSet());
        deleteOrphans(digests);
        models = entries(found);
        rowLimits.putAll(found.rowLimits());
        changed.set(found.line());
        models().stream().map(ModelEntry::versions).flatMap(List::stream).forEach(this::recover);
    }

    /// Deletes files without a version: left where a registration was cut off between their storing and its record. What
    /// another server is about to record is locked.
    private void deleteOrphans(Set<String> known) throws IOException {
        int orphans = 0;
        try {
            for (String digest : artifacts.digests()) {
                if (!known.contains(digest) && deleteOrphan(digest)) {
                    orphans++;
                }
            }
        } catch (Unavailable e) {
            log.warn("what registrations that were cut off have left is not removed: {}", e.getMessage());
        }
        if (orphans > 0) {
            log.info("removed {} artifacts of registrations that were cut off", orphans);
        }
    }

    private boolean deleteOrphan(String digest) throws IOException {
        Optional<ContentLock> lock = metadata.tryLock(digest);
        if (lock.isEmpty()) {
            return false;
        }
        try (ContentLock _ = lock.get()) {
            boolean isOrphan = !metadata.isKnown(digest);
            if (isOrphan) {
                artifacts.delete(digest);
            }
            return isOrphan;
        }
    }

    /// A version whose validation was cut off is only registered; one whose files are not there is CORRUPT.
    private void recover(ModelVersion version) {
        if (version.state() == State.VALIDATING) {
            metadata.tryLock(version.digest()).ifPresent(lock -> {
                try (lock) {
                    setState(version.name(), version.number(), State.REGISTERED, "");
                }
            });
        }
        if (version.state() != State.RETIRED && version.state() != State.CORRUPT) {
            artifacts.misplaced(version).ifPresent(problem -> corrupt(version, problem));
        }
    }

    private void corrupt(ModelVersion version, String problem) {
        log.error("{} is corrupt: {}", version.ref(), problem);
        setState(version.name(), version.number(), State.CORRUPT, problem);
    }

    /// Where whoever offers bundles can put them while they come in: on the same volume, and emptied when the registry
    /// opens. Made by whoever uses it.
    public Path uploads() {
        return data.uploads();
    }

    // --- Reading

    /// All models, by name.
    public List<ModelEntry> models() {
        return List.copyOf(models.values());
    }

    /// @throws ModelNotFound if there is no such model
    public ModelEntry model(ModelName name) {
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
    public ModelVersion resolve(ModelRef ref) {
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
    public Optional<ModelVersion> canary(ModelRef.Aliased ref, String asset) {
        ModelEntry entry = model(ref.name());
        return entry.rollout(ref.alias())
                .filter(rollout -> rollout.meetsCanary(ref.name(), asset))
                .flatMap(rollout -> entry.version(rollout.canary().orElseThrow()));
    }

    /// Reads all files of a version and holds them against what was registered. A version that was AVAILABLE and is not
    /// that any more becomes CORRUPT; registering its content again mends it.
    ///
    /// @return what is wrong; empty if nothing is
    /// @throws DataUnusable if a file cannot be read
    public Optional<String> check(ModelVersion version) {
        try {
            Optional<String> problem = artifacts.check(version);
            if (problem.isPresent() && resolve(version.ref()).state() == State.AVAILABLE) {
                corrupt(version, problem.get());
            }
            return problem;
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
    }

    /// The versions that requests by alias can meet: what a server must have ready.
    public List<ModelVersion> versionsInUse() {
        return Stream.concat(
                        aliasesInUse().values().stream(),
                        models.values().stream()
                                .flatMap(entry ->
                                        entry.rollouts().values().stream().flatMap(entry::candidates)))
                .distinct()
                .toList();
    }

    /// Every alias of every model with the version that it names.
    public Map<ModelRef.Aliased, ModelVersion> aliasesInUse() {
        Map<ModelRef.Aliased, ModelVersion> used = new HashMap<>();
        for (ModelEntry entry : models.values()) {
            for (String alias : entry.aliases().keySet()) {
                entry.aliased(alias).ifPresent(to -> used.put(new ModelRef.Aliased(entry.name(), alias), to));
            }
        }
        return Map.copyOf(used);
    }

    // --- Changing

    /// Registers a model file or a bundle; see the overload.
    public Registration register(ModelName name, Path source, Validator validator, ProgressListener progress) {
        return register(name, source, List.of(), validator, progress);
    }

    /// Copies a model file, or a directory of files, and makes it a version of `name`. What a `firstpass.yaml` in
    /// the directory says is laid over what the files tell, and what `manifest` says over both, key by key. The
    /// version becomes AVAILABLE if `validator` finds nothing wrong, and gets the alias `production` if the model
    /// has none; else it becomes FAILED and the answer says why.
    ///
    /// Content that is registered already is not stored again; it is validated again if it is not AVAILABLE. Of
    /// several threads with the same content one registers and the others wait for its result.
    ///
    /// @param source not kept; may be deleted once this returns
    /// @param manifest a YAML file; its text is read as UTF-8
    /// @throws ManifestInvalid if the manifest is not complete or not consistent
    /// @throws ArtifactRejected if the files are no model or not safe to take in
    /// @throws StorageFull if there is no space; nothing is kept
    public Registration register(
            ModelName name, Path source, Path manifest, Validator validator, ProgressListener progress) {
        return register(name, source, List.of(readManifest(manifest, "the given manifest")), validator, progress);
    }

    private Registration register(
            ModelName name, Path source, List<ManifestDocument> given, Validator validator, ProgressListener progress) {
        try {
            Path staged = data.newStaging();
            try {
                return stage(name, source, staged, given, validator, progress);
            } finally {
                Durable.deleteTree(staged);
            }
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
    }

    private Registration stage(
            ModelName name,
            Path source,
            Path staged,
            List<ManifestDocument> given,
            Validator validator,
            ProgressListener progress)
            throws IOException {
        Path directory = staged.resolve("files");
        List<BundleFile> files = new ArrayList<>(intake.copy(source, directory, progress));
        progress.progress(Step.DERIVING, 0, 1);
        List<ManifestDocument> said = new ArrayList<>();
        if (files.removeIf(file -> file.path().equals(ManifestReader.FILE_NAME))) {
            // Its text is not content: what it says goes into the canonical manifest.
            Path written = directory.resolve(ManifestReader.FILE_NAME);
            said.add(readManifest(written, ManifestReader.FILE_NAME));
            Files.delete(written);
        }
        said.addAll(given);
        Derivation derivation = deriver.derive(directory, files, said);
        byte[] canonical = ManifestWriter.canonical(derivation.manifest());
        String digest = ManifestWriter.digest(canonical);
        Durable.write(staged.resolve("manifest.json"), canonical);
        progress.progress(Step.DERIVING, 1, 1);

        try (ContentLock _ = metadata.lock(digest)) {
            Optional<VersionRow> known = metadata.find(name, digest);
            store(staged, digest, known, progress);
            long number = known.isPresent() ? known.get().number() : record(name, digest, canonical, progress);
            boolean isSettled = known.isPresent() && isSettled(known.get().state());
            if (isSettled) {
                // Another server may have registered it a moment ago.
                publish(name);
            } else {
                validate(name, number, validator, progress);
            }
            ModelVersion version = resolve(new ModelRef.Numbered(name, number));
            String failure = model(name).failures().getOrDefault(number, "");
            return new Registration(version, known.isEmpty(), derivation, failure);
        }
    }

    private static boolean isSettled(State state) {
        return switch (state) {
            case AVAILABLE -> true;
            case REGISTERED, VALIDATING, FAILED, CORRUPT, RETIRED -> false;
        };
    }

    /// Moves the staged files into their place, unless whole ones of the same content are there. What is there
    /// without a version, or is damaged, is replaced.
    private void store(Path staged, String digest, Optional<VersionRow> known, ProgressListener progress)
            throws IOException {
        progress.progress(Step.STORING, 0, 1);
        boolean isCorrupt = known.isPresent() && known.get().state() == State.CORRUPT;
        artifacts.store(staged, digest, !isCorrupt && metadata.isKnown(digest));
        progress.progress(Step.STORING, 1, 1);
    }

    private long record(ModelName name, String digest, byte[] canonical, ProgressListener progress) {
        progress.progress(Step.RECORDING, 0, 1);
        long number = metadata.add(name, digest, new String(canonical, StandardCharsets.UTF_8), clock.instant());
        publish(name);
        tell(new RegistryEvent.Registered(resolve(new ModelRef.Numbered(name, number))));
        progress.progress(Step.RECORDING, 1, 1);
        return number;
    }

    private void validate(ModelName name, long number, Validator validator, ProgressListener progress) {
        setState(name, number, State.VALIDATING, "");
        HeldProgress held = new HeldProgress(progress);
        String failure = "";
        try {
            validator.validate(resolve(new ModelRef.Numbered(name, number)), held);
        } catch (RuntimeException e) {
            log.warn("{}@{} failed its validation", name, number, e);
            String message = e.getMessage();
            failure = message == null || message.isBlank() ? "validation failed" : message;
        }
        held.rethrow();
        setState(name, number, failure.isEmpty() ? State.AVAILABLE : State.FAILED, failure);
    }

    /// Tries a version out again. One that is FAILED or was never tried becomes AVAILABLE if it works; one in another
    /// state stays in it, whatever comes of the trial: what serves is taken out of service by those who run the server.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public void validate(ModelRef.Numbered ref, Validator validator, ProgressListener progress) {
        String digest = resolve(ref).digest();
        try (ContentLock _ = metadata.lock(digest)) {
            ModelVersion version = resolve(ref);
            switch (version.state()) {
                case REGISTERED, VALIDATING, FAILED -> validate(ref.name(), ref.number(), validator, progress);
                case AVAILABLE, CORRUPT, RETIRED -> look(version, validator, progress);
            }
        }
    }

    private static void look(ModelVersion version, Validator validator, ProgressListener progress) {
        HeldProgress held = new HeldProgress(progress);
        try {
            validator.validate(version, held);
        } catch (RuntimeException e) {
            log.warn("{} failed its validation, and stays {}", version.ref(), version.state(), e);
        }
        held.rethrow();
    }

    /// Keeps what was found when a version was tried out, in the place of what was found before. How many rows it may be
    /// given at a time is what the last trial that passed says.
    ///
    /// @throws VersionNotFound if there is no such version
    public void keep(ModelRef.Numbered ref, ValidationReport report) {
        var _ = resolve(ref);
        Map<String, Integer> rows = report.isPassed() ? report.rows() : rowLimits.getOrDefault(ref, Map.of());
        metadata.keep(ref, report, rows);
        rowLimits.put(ref, Map.copyOf(rows));
    }

    /// What was found when a version was last tried out; empty if it never was.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public Optional<ValidationReport> validation(ModelRef.Numbered ref) {
        var _ = resolve(ref);
        return metadata.report(ref);
    }

    /// Most rows that a stage of a version may be given in one run: what its manifest claims, or less where a trial found
    /// that to be too much. From memory.
    public int mostRows(ModelVersion version, String stage) {
        int claimed = version.manifest().spec().stage(stage).maxBatch();
        return Math.min(claimed, rowLimits.getOrDefault(version.ref(), Map.of()).getOrDefault(stage, claimed));
    }

    private void setState(ModelName name, long number, State state, String reason) {
        boolean isFirst = metadata.setState(name, number, state, reason, ModelRef.PRODUCTION, clock.instant());
        publish(name);
        tell(new RegistryEvent.StateChanged(resolve(new ModelRef.Numbered(name, number))));
        if (isFirst) {
            tell(new RegistryEvent.AliasMoved(name, ModelRef.PRODUCTION, number));
        }
    }

    /// Points an alias at a version if it is where the caller expects it. Of several calls that expect the same,
    /// one succeeds.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if `alias` is no alias, for instance a
    ///     number
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if the model has no version `to`
    /// @throws dev.firstpass.registry.RegistryException.PreconditionFailed if the alias is not as expected, or
    ///     `to` not AVAILABLE
    public void moveAlias(ModelName name, String alias, long to, Expected expected) {
        moveAlias(new AliasChange(name, alias, to, expected, AliasChange.Kind.MOVE));
    }

    /// As the overload. A move that is refused is in the audit, too.
    public void moveAlias(AliasChange move) {
        ModelName name = move.name();
        model(name);
        try {
            metadata.moveAlias(move, clock.instant());
        } catch (PreconditionFailed e) {
            metadata.refused(move, e.getMessage(), clock.instant());
            throw e;
        }
        publish(name);
        tell(new RegistryEvent.AliasMoved(name, move.alias(), move.to()));
    }

    /// The version that an alias is rolled back to: the one that it named before, or one before that. What was rolled back
    /// from is none of them.
    ///
    /// @param suits whether a version can take the alias over
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias
    /// @throws PreconditionFailed if none of them is AVAILABLE and suits
    public ModelVersion before(ModelName name, String alias, Predicate<ModelRef.Numbered> suits) {
        ModelVersion present = resolve(new ModelRef.Aliased(name, alias));
        return metadata.before(name, alias, number -> suits.test(new ModelRef.Numbered(name, number)))
                .map(number -> resolve(new ModelRef.Numbered(name, number)))
                .orElseThrow(() -> new PreconditionFailed(name + "@" + alias + ": nothing to go back to from version "
                        + present.number() + " (expected: an earlier version of it that is AVAILABLE)"));
    }

    /// Splits an alias' requests between the version that it names and a canary, copies them to a shadow, or both; what was
    /// before ends. A move of the alias ends it.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias, or no such version
    /// @throws PreconditionFailed if the canary or the shadow is not AVAILABLE, or is the version that the alias names
    public void rollOut(ModelName name, String alias, Rollout rollout) {
        model(name);
        metadata.rollOut(name, alias, rollout, clock.instant());
        publish(name);
        tell(new RegistryEvent.RolloutChanged(name, alias));
    }

    /// Ends the canary of an alias since it does worse than the version that the alias names; a shadow stays. The audit
    /// tells it by its principal, `supervision`.
    ///
    /// @param why for the audit
    /// @return false if it is not the canary, any more
    public boolean stopCanary(ModelRef.Aliased ref, long canary, String why) {
        boolean stopped = metadata.stopCanary(ref.name(), ref.alias(), canary, why, clock.instant());
        if (stopped) {
            publish(ref.name());
            tell(new RegistryEvent.RolloutChanged(ref.name(), ref.alias()));
        }
        return stopped;
    }

    /// Sends all of an alias' requests to the version that it names again, and copies none. Nothing happens if they go there.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias
    public void endRollout(ModelName name, String alias) {
        resolve(new ModelRef.Aliased(name, alias));
        if (metadata.endRollout(name, alias, clock.instant())) {
            publish(name);
            tell(new RegistryEvent.RolloutChanged(name, alias));
        }
    }

    /// Takes a version out of service for good, unless its content is registered again: it becomes RETIRED, and its files
    /// stay. A second call changes nothing. An attempt that is refused is in the audit, too.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    /// @throws InUse if an alias names it, it is a canary or a shadow, or it is being validated
    public void retire(ModelRef.Numbered ref) {
        model(ref.name());
        try {
            metadata.retire(ref.name(), ref.number(), clock.instant());
        } catch (InUse e) {
            metadata.retireRefused(ref.name(), ref.number(), e.getMessage(), clock.instant());
            throw e;
        }
        publish(ref.name());
        tell(new RegistryEvent.StateChanged(resolve(ref)));
    }

    /// Number -> why that version of a model must not be removed.
    public Map<Long, Hold> holds(ModelName name) {
        return Map.copyOf(metadata.holds(name));
    }

    /// Has a version kept whatever the retention says. A second reason takes the place of the first.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if the reason is no line of text
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public void hold(ModelRef.Numbered ref, String reason) {
        resolve(ref);
        metadata.hold(ref.name(), ref.number(), new Hold(reason, clock.instant()));
    }

    /// Ends a hold.
    ///
    /// @return whether there was one
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public boolean release(ModelRef.Numbered ref) {
        resolve(ref);
        return metadata.release(ref.name(), ref.number(), clock.instant());
    }

    /// The versions of a model that a retention of `keep` removes: those that no alias names, that are no canary and not
    /// held, without the last `keep` of them. The oldest first.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if `keep` is negative
    /// @throws ModelNotFound if there is no such model
    public List<ModelVersion> removable(ModelName name, int keep) {
        return Retention.removable(model(name), metadata.holds(name).keySet(), keep);
    }

    /// Removes a version for good, and then its files, unless another version has them. Its number is not used again;
    /// registering its content again makes a new version. A crash in between leaves files without a version, which are
    /// removed when the registry opens next.
    ///
    /// What has it loaded must have let go of it: its files are deleted.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    /// @throws InUse if an alias names it, it is a canary, it is being validated, or it is held
    public void remove(ModelRef.Numbered ref) {
        String digest = resolve(ref).digest();
        // Whoever registers this content looks whether its files are there.
        try (ContentLock _ = metadata.lock(digest)) {
            metadata.remove(ref.name(), ref.number(), clock.instant());
            publish(ref.name());
            if (!metadata.isKnown(digest)) {
                artifacts.delete(digest);
            }
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
    }

    /// Who changed what: lines of the audit in order, the oldest first.
    ///
    /// @param after lines with greater numbers; 0 for the first
    /// @param most lines
    public AuditPage audit(long after, int most) {
        return metadata.audit(after, most);
    }

    /// Takes back the aliases that a version which has failed got a short while ago: each names again what it named
    /// before. The one move of an alias that nobody asks for; the audit tells it by its principal, `supervision`.
    ///
    /// @param guard how long ago it may be that the version got the alias
    /// @param suits whether a version can take an alias over; of those that had it, the last one that does gets it
    /// @return alias -> version that it names now, for those that were taken back
    public Map<String, Long> rollBack(ModelName name, long failed, Duration guard, Predicate<ModelRef.Numbered> suits) {
        Instant now = clock.instant();
        Map<String, Long> rolledBack = new TreeMap<>();
        model(name).aliases().forEach((alias, number) -> {
            if (number == failed) {
                metadata.rollBack(
                                name,
                                alias,
                                failed,
                                now.minus(guard),
                                candidate -> suits.test(new ModelRef.Numbered(name, candidate)),
                                now)
                        .ifPresent(to -> rolledBack.put(alias, to));
            }
        });
        publish(name);
        rolledBack.forEach((alias, to) -> tell(new RegistryEvent.AliasMoved(name, alias, to)));
        return Map.copyOf(rolledBack);
    }

    /// Has `listener` called after each change, on the thread that made it and with none of this registry's locks
    /// that readers need held. What it throws is logged and changes nothing.
    ///
    /// @return ends the calls when closed
    public Subscription subscribe(Consumer<RegistryEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /// The right to hear events, until closed.
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    private void tell(RegistryEvent event) {
        for (Consumer<RegistryEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                log.error("a listener failed on {}", event.name(), e);
            }
        }
    }

    // --- The snapshot

    /// Replaces what readers see of one model by what is committed.
    private void publish(ModelName name) {
        synchronized (publishing) {
            Contents contents = metadata.contents(name);
            publish(Map.of(name, contents));
            changed.accumulateAndGet(contents.line(), Math::max);
        }
    }

    /// Replaces what readers see of some models, unless what they see is newer.
    private void publish(Map<ModelName, Contents> found) {
        synchronized (publishing) {
            Map<ModelName, ModelEntry> next = new TreeMap<>(ModelRegistry::byName);
            next.putAll(models);
            found.forEach((name, contents) -> {
                if (contents.line() >= published.getOrDefault(name, 0L)) {
                    published.put(name, contents.line());
                    // The last version of a model may have been removed.
                    next.remove(name);
                    next.putAll(entries(contents));
                    rowLimits.putAll(contents.rowLimits());
                }
            });
            models = Collections.unmodifiableMap(next);
        }
    }

    // --- Other servers

    /// Begins to follow what other servers change: readers see it, and listeners hear the same events as of changes that are
    /// made here. From now on the others wait for this server before they answer that an alias was moved. Nothing happens
    /// where there are no others.
    ///
    /// @param preparer gets versions ready that others are about to name by an alias
    /// @throws Unavailable if the database does not answer
    public void follow(Preparer preparer) {
        replicas.feed().ifPresent(feed -> {
            Follower begun = new Follower(
                    feed, changed.get(), this::takeOver, wish -> replicas.answer(wish.id(), answer(wish, preparer)));
            follower = Optional.of(begun);
            begun.awaitBegun();
        });
    }

    /// Ends that, for a server that is about to stop: the others wait for it no longer.
    public void leave() {
        follower.ifPresent(Follower::close);
        follower = Optional.empty();
    }

    private String answer(Wish wish, Preparer preparer) {
        try {
            return preparer.prepare(resolve(wish.version())).orElse("");
        } catch (RuntimeException e) {
            log.warn("{} cannot be got ready for another server", wish.version(), e);
            return e instanceof RegistryException known ? known.getMessage() : "it cannot be got ready";
        }
    }

    private void takeOver(Changes changes) {
        publish(changes.contents());
        changes.lines().stream()
                .filter(line -> line.result().equals(AuditLine.DONE))
                .forEach(line -> event(line).ifPresent(this::tell));
    }

    /// What listeners hear of a line of the audit. What is not known any more, by a later line, is not told.
    private Optional<RegistryEvent> event(AuditLine line) {
        ModelName name = new ModelName(line.name());
        return switch (line.action()) {
            case AuditLine.REGISTER -> version(name, line.subject()).map(RegistryEvent.Registered::new);
            case AuditLine.STATE -> version(name, line.subject()).map(RegistryEvent.StateChanged::new);
            case AuditLine.ALIAS, AuditLine.ROLLBACK ->
                Optional.of(new RegistryEvent.AliasMoved(name, line.subject(), Long.parseLong(line.to())));
            case AuditLine.ROLLOUT -> Optional.of(new RegistryEvent.RolloutChanged(name, line.subject()));
            default -> Optional.empty();
        };
    }

    private Optional<ModelVersion> version(ModelName name, String number) {
        return Optional.ofNullable(models.get(name)).flatMap(entry -> entry.version(Long.parseLong(number)));
    }

    /// Has all other servers get a version ready, and waits until each has said what came of it: as long as a load, some
    /// minutes at most. A server that has not said anything by then loads it when it is asked for it.
    ///
    /// @return name of a server -> why the version cannot serve there; empty if it is ready everywhere
    /// @throws Unavailable if the database does not answer
    public Map<String, String> prepareElsewhere(ModelRef.Numbered version) throws InterruptedException {
        Replicas.Prepared prepared = replicas.prepare(version);
        if (!prepared.silent().isEmpty()) {
            log.warn("{}: not known to be ready on {}", version, String.join(", ", prepared.silent()));
        }
        return prepared.problems();
    }

    /// Waits until all other servers know what was changed here so far, some seconds at most. Requests that they get from
    /// then on are answered by it.
    ///
    /// @return names of servers of which it is not known, which may still answer by what was before
    public List<String> behind() throws InterruptedException {
        return replicas.behind(changed.get());
    }

    /// The models that these rows make.
    private Map<ModelName, ModelEntry> entries(Contents contents) {
        Map<ModelName, ModelEntry> entries = new TreeMap<>(ModelRegistry::byName);
        Map<String, List<AliasRow>> aliasesByName =
                contents.aliases().stream().collect(Collectors.groupingBy(AliasRow::name));
        Map<String, List<RolloutRow>> rolloutsByName =
                contents.rollouts().stream().collect(Collectors.groupingBy(RolloutRow::name));
        contents.versions().stream()
                .collect(Collectors.groupingBy(VersionRow::name))
                .forEach((text, rows) -> {
                    ModelName name = new ModelName(text);
                    entries.put(
                            name,
                            entry(
                                    name,
                                    rows,
                                    aliasesByName.getOrDefault(text, List.of()),
                                    rolloutsByName.getOrDefault(text, List.of())));
                });
        return Collections.unmodifiableMap(entries);
    }

    private ModelEntry entry(
            ModelName name, List<VersionRow> rows, List<AliasRow> aliasRows, List<RolloutRow> rolloutRows) {
        Optional<ModelEntry> before = Optional.ofNullable(models.get(name));
        List<ModelVersion> versions = new ArrayList<>();
        Map<Long, String> failures = new HashMap<>();
        for (VersionRow row : rows) {
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
        return new ModelEntry(name, versions, aliases, rollouts, failures);
    }

    private ModelVersion version(ModelName name, VersionRow row, Manifest manifest) {
        return new ModelVersion(
                row.tenant(),
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
            log.error("{}@{} is damaged: its manifest is not the one its digest names", row.name(), row.number());
        } catch (ManifestInvalid e) {
            log.error("{}@{} is damaged: {}", row.name(), row.number(), e.getMessage());
        }
        return Optional.empty();
    }

    private static ManifestDocument readManifest(Path file, String origin) {
        try (InputStream in = Files.newInputStream(file)) {
            return ManifestReader.read(in.readNBytes(ManifestReader.MOST_BYTES + 1), origin);
        } catch (IOException e) {
            throw new ManifestInvalid("manifest", "manifest: the file cannot be read");
        }
    }

    private static int byName(ModelName a, ModelName b) {
        return a.value().compareTo(b.value());
    }

    /// Ends the use of the data directory. Registrations under way fail.
    @Override
    public void close() {
        leave();
        metadata.close();
        artifacts.close();
        data.close();
    }
}
