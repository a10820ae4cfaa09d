package dev.firstpass.registry.store;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Preparer;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignatureReader;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.manifest.ManifestDeriver;
import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.registry.validation.ValidationReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

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
/// **Tenants.** Names belong to a tenant ([ModelName#tenant]), and so does all that has them: versions, aliases, rollouts,
/// holds, projects and lines of the audit. Two tenants know nothing of each other's; files of one content are kept once.
///
/// Thread-safe. One process owns a data directory.
public final class ModelRegistry implements AutoCloseable {
    private final DataDirectory data;
    private final ArtifactStore artifacts;
    private final MetadataStore metadata;
    private final Catalog catalog;
    private final Listeners listeners = new Listeners();
    private final Registrar registrar;
    private final Aliases aliases;
    private final Projects projects;
    private final StoredTokens tokens;
    private final Following following;
    private final InstantSource clock;

    private ModelRegistry(
            DataDirectory data,
            ArtifactStore artifacts,
            MetadataStore metadata,
            Replicas replicas,
            Damage damage,
            ManifestDeriver deriver,
            Intake intake,
            SignaturePolicy signatures,
            InstantSource clock) {
        this.data = data;
        this.artifacts = artifacts;
        this.metadata = metadata;
        this.clock = clock;
        this.catalog = new Catalog(metadata, artifacts, damage);
        this.registrar =
                new Registrar(data, artifacts, metadata, deriver, intake, signatures, catalog, listeners, clock);
        this.aliases = new Aliases(metadata, catalog, listeners, clock);
        this.projects = new Projects(metadata, catalog, clock);
        this.tokens = new StoredTokens(metadata, clock);
        this.following = new Following(replicas, catalog, tokens, listeners);
    }

    /// Opens the registry in `directory`, creating it where there is none, and cleans up after a crash.
    ///
    /// @param directory belongs to this registry until it is closed
    /// @throws DataUnusable if it cannot be written, is in use, damaged, or of a newer release
    /// @throws StorageFull if there is no space for it
    public static ModelRegistry open(
            Path directory, List<ModelFamily> families, SignatureReader signatures, InstantSource clock) {
        return open(DataDirectory.open(directory), RegistrySettings.LOCAL, families, signatures, clock);
    }

    /// The same in a directory that is open already, for who has more to do in it, and wherever the registry is kept.
    ///
    /// @param data is closed with the registry, and if this throws
    /// @throws Unavailable if the registry is elsewhere, and its database does not answer
    public static ModelRegistry open(
            DataDirectory data,
            RegistrySettings settings,
            List<ModelFamily> families,
            SignatureReader signatures,
            InstantSource clock) {
        return open(
                data, settings, new ManifestDeriver(families, signatures), new Intake(Intake.Limits.STANDARD), clock);
    }

    private static ModelRegistry open(
            DataDirectory data,
            RegistrySettings settings,
            ManifestDeriver deriver,
            Intake intake,
            InstantSource clock) {
        Storage storage = settings.storage();
        ArtifactStore artifacts = null;
        MetadataStore metadata = null;
        try {
            data.bind(storage);
            artifacts = ArtifactStore.open(data, storage);
            Database database = Database.open(data, storage);
            metadata = new SqlMetadata(database);
            ModelRegistry registry = new ModelRegistry(
                    data,
                    artifacts,
                    metadata,
                    Replicas.of(database),
                    Damage.of(database),
                    deriver,
                    intake,
                    settings.signatures(),
                    clock);
            new Recovery(artifacts, metadata, registry.catalog, registry.registrar).run();
            registry.tokens.reload();
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

    /// Where whoever offers bundles can put them while they come in: on the same volume, and emptied when the registry
    /// opens. Made by whoever uses it.
    public Path uploads() {
        return data.uploads();
    }

    /// What was found damaged in the metadata when the registry was opened, each in words; empty if nothing was. Versions that
    /// are lost by it are not shown.
    public List<String> damage() {
        return catalog.damage();
    }

    // --- Reading

    /// All models of all tenants, by name: what a server has to look after, and nobody is shown as it is.
    public List<ModelEntry> models() {
        return catalog.models();
    }

    /// A tenant's models, by name.
    public List<ModelEntry> models(Tenant tenant) {
        return catalog.models(tenant);
    }

    /// Whether there is such a model.
    public boolean has(ModelName name) {
        return catalog.has(name);
    }

    /// @throws ModelNotFound if there is no such model
    public ModelEntry model(ModelName name) {
        return catalog.model(name);
    }

    /// The version that a reference names now, in whatever state it is.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if the model has no such version or alias
    public ModelVersion resolve(ModelRef ref) {
        return catalog.resolve(ref);
    }

    /// The canary that an asset meets under an alias; empty where the alias is not rolled out, or the asset is not one of
    /// those that meet it.
    ///
    /// @param asset the caller's identifier of the asset
    /// @throws ModelNotFound if there is no such model
    public Optional<ModelVersion> canary(ModelRef.Aliased ref, String asset) {
        return catalog.canary(ref, asset);
    }

    /// The versions of all tenants that requests by alias can meet: what a server must have ready.
    public List<ModelVersion> versionsInUse() {
        return catalog.versionsInUse();
    }

    /// Every alias of every model of all tenants with the version that it names.
    public Map<ModelRef.Aliased, ModelVersion> aliasesInUse() {
        return catalog.aliasesInUse();
    }

    /// Most rows that a stage of a version may be given in one run: what its manifest claims, or less where a trial found
    /// that to be too much. From memory.
    public int mostRows(ModelVersion version, String stage) {
        return catalog.mostRows(version, stage);
    }

    /// What was found when a version was last tried out; empty if it never was.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public Optional<ValidationReport> validation(ModelRef.Numbered ref) {
        var _ = resolve(ref);
        return metadata.report(ref);
    }

    /// Who changed what: lines of the audit in order, the oldest first.
    ///
    /// @param after lines with greater numbers; 0 for the first
    /// @param most lines
    public AuditPage audit(long after, int most) {
        return metadata.audit(after, most);
    }

    /// The lines of one tenant alone, whose end is its last one. They are numbered among those of all tenants, and chained
    /// with them, so that they prove nothing by themselves.
    public AuditPage audit(Tenant tenant, long after, int most) {
        return metadata.audit(tenant, after, most);
    }

    // --- Versions

    /// Registers a model file or a bundle; see the overload.
    public Registration register(ModelName name, Path source, Validator validator, ProgressListener progress) {
        return registrar.register(name, source, List.of(), validator, progress);
    }

    /// Copies a model file, or a directory of files, and makes it a version of `name`. What a `firstpass.yaml` in
    /// the directory says is laid over what the files tell, and what `manifest` says over both, key by key. The
    /// version becomes AVAILABLE if `validator` finds nothing wrong, and gets the alias `production` if the model
    /// has none; else it becomes FAILED and the answer says why.
    ///
    /// Content that is registered already is not stored again; it is validated again if it is not AVAILABLE. Of
    /// several threads with the same content one registers and the others wait for its result.
    ///
    /// Where keys are trusted, a signature in the bundle must be right; who signed is added to the version.
    ///
    /// @param source not kept; may be deleted once this returns
    /// @param manifest a YAML file; its text is read as UTF-8
    /// @throws ManifestInvalid if the manifest is not complete or not consistent
    /// @throws ArtifactRejected if the files are no model or not safe to take in
    /// @throws StorageFull if there is no space; nothing is kept
    public Registration register(
            ModelName name, Path source, Path manifest, Validator validator, ProgressListener progress) {
        return registrar.register(
                name, source, List.of(Registrar.readManifest(manifest, "the given manifest")), validator, progress);
    }

    /// Tries a version out again. One that is FAILED or was never tried becomes AVAILABLE if it works; one in another
    /// state stays in it, whatever comes of the trial: what serves is taken out of service by those who run the server.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such version
    public void validate(ModelRef.Numbered ref, Validator validator, ProgressListener progress) {
        registrar.validate(ref, validator, progress);
    }

    /// Keeps what was found when a version was tried out, in the place of what was found before. How many rows it may be
    /// given at a time is what the last trial that passed says.
    ///
    /// @throws VersionNotFound if there is no such version
    public void keep(ModelRef.Numbered ref, ValidationReport report) {
        registrar.keep(ref, report);
    }

    /// Whether a version's files are on this machine, so that `check` need not fetch them first.
    public boolean isHere(ModelVersion version) {
        return artifacts.isHere(version.digest());
    }

    /// Reads all files of a version and holds them against what was registered. A version that was AVAILABLE and is not
    /// that any more becomes CORRUPT; registering its content again mends it.
    ///
    /// @return what is wrong; empty if nothing is
    /// @throws DataUnusable if a file cannot be read
    public Optional<String> check(ModelVersion version) {
        return registrar.check(version);
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
        catalog.publish(ref.name());
        listeners.tell(new RegistryEvent.StateChanged(resolve(ref)));
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
            catalog.publish(ref.name());
            if (!metadata.isKnown(digest)) {
                artifacts.delete(digest);
            }
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
        listeners.tell(new RegistryEvent.Removed(ref));
    }

    // --- Aliases and rollouts

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
        aliases.move(move);
    }

    /// The version that an alias is rolled back to: the one that it named before, or one before that. What was rolled back
    /// from is none of them.
    ///
    /// @param suits whether a version can take the alias over
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias
    /// @throws PreconditionFailed if none of them is AVAILABLE and suits
    public ModelVersion before(ModelName name, String alias, Predicate<ModelRef.Numbered> suits) {
        return aliases.before(name, alias, suits);
    }

    /// Takes back the aliases that a version which has failed got a short while ago: each names again what it named
    /// before. The one move of an alias that nobody asks for; the audit tells it by its principal, `supervision`.
    ///
    /// @param guard how long ago it may be that the version got the alias
    /// @param suits whether a version can take an alias over; of those that had it, the last one that does gets it
    /// @return alias -> version that it names now, for those that were taken back
    public Map<String, Long> rollBack(ModelName name, long failed, Duration guard, Predicate<ModelRef.Numbered> suits) {
        return aliases.rollBack(name, failed, guard, suits);
    }

    /// Splits an alias' requests between the version that it names and a canary, copies them to a shadow, or both; what was
    /// before ends. A move of the alias ends it. One that is refused is in the audit, too.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias, or no such version
    /// @throws PreconditionFailed if the canary or the shadow is not AVAILABLE, or is the version that the alias names
    public void rollOut(ModelName name, String alias, Rollout rollout) {
        aliases.rollOut(name, alias, rollout);
    }

    /// Ends the canary of an alias since it does worse than the version that the alias names; a shadow stays. The audit
    /// tells it by its principal, `supervision`.
    ///
    /// @param why for the audit
    /// @return false if it is not the canary, any more
    public boolean stopCanary(ModelRef.Aliased ref, long canary, String why) {
        return aliases.stopCanary(ref, canary, why);
    }

    /// Sends all of an alias' requests to the version that it names again, and copies none. Nothing happens if they go there.
    ///
    /// @throws ModelNotFound if there is no such model
    /// @throws VersionNotFound if it has no such alias
    public void endRollout(ModelName name, String alias) {
        aliases.endRollout(name, alias);
    }

    // --- Projects

    /// The newest version of each of a tenant's labeling projects, by name. From memory.
    public List<Project> projects(Tenant tenant) {
        return catalog.projects(tenant);
    }

    /// All versions of a labeling project, by number; empty where there is no such project. From memory.
    public List<Project> projectVersions(ProjectName name) {
        return catalog.projectVersions(name);
    }

    /// The version of a labeling project that a reference names now. From memory.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ProjectNotFound if there is no such project, or no such version
    public Project project(ProjectRef ref) {
        return projects.find(ref);
    }

    /// Says what a labeling project is from now on: its next version, or its first. Nothing happens if its newest version
    /// says the same. Earlier versions stay as they are.
    ///
    /// @return the version that says so
    public Project setProject(ProjectName name, ProjectSpec spec) {
        return projects.set(name, spec);
    }

    /// The tokens that callers of this registry's servers may show.
    public Tokens tokens() {
        return tokens;
    }

    // --- Those who listen, and other servers

    /// Has `listener` called after each change, on the thread that made it and with none of this registry's locks
    /// that readers need held. What it throws is logged and changes nothing.
    ///
    /// @return ends the calls when closed
    public Subscription subscribe(Consumer<RegistryEvent> listener) {
        return listeners.add(listener);
    }

    /// The right to hear events, until closed.
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// Begins to follow what other servers change: readers see it, and listeners hear the same events as of changes that are
    /// made here. From now on the others wait for this server before they answer that an alias was moved. Nothing happens
    /// where there are no others.
    ///
    /// @param preparer gets versions ready that others are about to name by an alias
    /// @param residency what this server has of the versions in memory; asked each second, on a thread of its own
    /// @throws Unavailable if the database does not answer
    public void follow(Preparer preparer, Supplier<Map<ModelRef.Numbered, Residency>> residency) {
        following.begin(preparer, residency);
    }

    /// What people know this server by. Looks it up.
    public String replicaName() {
        return following.name();
    }

    /// The live servers beside this one that share the registry, by name, as they were a second or two ago. From memory, so
    /// that nobody waits for one that does not answer; none while the database does not.
    public List<Replica> otherReplicas() {
        return following.others();
    }

    /// Ends that, for a server that is about to stop: the others wait for it no longer.
    public void leave() {
        following.close();
    }

    /// Has all other servers get a version ready, and waits until each has said what came of it: as long as a load, some
    /// minutes at most. A server that has not said anything by then loads it when it is asked for it.
    ///
    /// @return name of a server -> why the version cannot serve there; empty if it is ready everywhere
    /// @throws Unavailable if the database does not answer
    public Map<String, String> prepareElsewhere(ModelRef.Numbered version) throws InterruptedException {
        return following.prepare(version);
    }

    /// Waits until all other servers know what was changed here so far, some seconds at most. Requests that they get from
    /// then on are answered by it.
    ///
    /// @return names of servers of which it is not known, which may still answer by what was before
    public List<String> behind() throws InterruptedException {
        return following.behind();
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
