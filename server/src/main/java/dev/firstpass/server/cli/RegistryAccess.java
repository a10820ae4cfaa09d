package dev.firstpass.server.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.token.NewToken;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The registry, wherever it is: in this process or behind a server's management listener. The records are also what
/// `--json` prints, so their names are a promise to scripts.
///
/// For one thread.
///
/// @implSpec failures are RegistryException or FailureException
interface RegistryAccess extends AutoCloseable {
    List<ModelSummary> list();

    VersionDetails show(ModelRef ref);

    /// Registers the model file, folder or archive at `path` as the next version of `name`.
    ///
    /// @param manifest a `firstpass.yaml` that stands in for one in the bundle
    Registration register(ModelName name, Path path, Optional<Path> manifest, Progress progress);

    /// Points an alias to a version.
    ///
    /// @param expect the version it must point to before, else nothing is changed
    AliasMove moveAlias(ModelName name, String alias, long version, OptionalLong expect);

    /// Points an alias to the version that it pointed to before, of those that are AVAILABLE.
    ///
    /// @param expect the version it must point to before, else nothing is changed
    AliasMove rollBack(ModelName name, String alias, OptionalLong expect);

    /// Splits an alias' requests, or copies them; on a server, once the canary and the shadow are loaded.
    RolloutState rollOut(ModelName name, String alias, Rollout rollout);

    /// Sends all of an alias' requests to the version that it names.
    RolloutState endRollout(ModelName name, String alias);

    RolloutState rollout(ModelName name, String alias);

    /// Takes a version out of service; on a server, waits until the requests that have it have ended.
    VersionState retire(ModelRef ref);

    /// Removes old versions that nobody uses or holds, or says which.
    ///
    /// @param keep how many of them stay
    /// @param dryRun nothing is removed
    /// @return those that were removed, or would be, the oldest first
    List<OldVersion> prune(ModelName name, int keep, boolean dryRun);

    /// Has a version kept whatever the retention says.
    HeldVersion hold(ModelRef ref, String reason);

    /// Ends a hold.
    HeldVersion release(ModelRef ref);

    /// Tries a version out again.
    Validation validate(ModelRef ref, Progress progress);

    /// The newest version of each labeling project, by name.
    List<ProjectDetails> projects();

    /// @throws RuntimeException if there is no such project, or no such version
    ProjectDetails project(ProjectRef ref);

    /// Says what a project is from now on: its next version, or its first, unless its newest one says the same.
    ///
    /// @param document what the project says, in YAML or JSON
    ProjectDetails setProject(ProjectName name, byte[] document);

    /// Holds a project against the classes of a model and the labels of a tool.
    ///
    /// @param labels of the tool; empty where they are not known
    ProjectCheck validateProject(ProjectRef ref, ModelRef model, List<String> labels);

    /// The tokens of the API, by tenant and name.
    List<TokenDetails> tokens();

    /// Makes a token, which is shown this once.
    CreatedToken createToken(NewToken wish);

    /// Ends a token.
    ///
    /// @throws RuntimeException if there is none of that name
    void revokeToken(Tenant tenant, String name);

    /// Lines of the audit after the one of that number, a page of them.
    AuditPage audit(long after);

    @Override
    void close();

    /// One model.
    ///
    /// @param geometry of its annotations when none is asked for
    /// @param classes of the version in production, else of the newest
    /// @param state of the same version
    /// @param replicas what each server has of it in memory; none where no server was asked
    record ModelSummary(
            String name,
            List<Long> versions,
            Map<String, Long> aliases,
            String family,
            String geometry,
            List<String> classes,
            String state,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ReplicaState> replicas) {
        ModelSummary(
                String name,
                List<Long> versions,
                Map<String, Long> aliases,
                String family,
                String geometry,
                List<String> classes,
                String state) {
            this(name, versions, aliases, family, geometry, classes, state, List.of());
        }
    }

    /// @param name of the server
    /// @param residency COLD, LOADING, SERVING or FAILED
    record ReplicaState(String name, String residency) {}

    /// What is known of a token.
    ///
    /// @param createdAt in UTC, ISO 8601
    /// @param expiresAt empty where it does not end
    /// @param lastUsedAt to the hour; empty where it was not used yet
    record TokenDetails(
            String id,
            String name,
            String tenant,
            List<String> scopes,
            String createdAt,
            Optional<String> expiresAt,
            Optional<String> lastUsedAt) {}

    /// @param token what its owner shows
    record CreatedToken(TokenDetails details, String token) {}

    /// A version of a labeling project.
    ///
    /// @param createdAt in UTC, ISO 8601
    /// @param versions numbers of all versions of the project
    /// @param spec what it says
    /// @param behind servers that may not know of the change yet, where several share the registry
    record ProjectDetails(
            String ref,
            String name,
            long version,
            String digest,
            String createdAt,
            List<Long> versions,
            JsonNode spec,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> behind) {}

    /// A labeling project held against a model, as [dev.firstpass.postprocess.spec.LabelingCheck] has it.
    record ProjectCheck(
            String ref,
            String model,
            boolean fits,
            List<String> unmapped,
            List<String> unknownClasses,
            List<String> unknownLabels,
            List<String> unusedLabels,
            Optional<String> geometry) {}

    /// One version.
    ///
    /// @param failure why it has failed on the server since it was registered; empty where it has not
    /// @param replicas what each server has of it in memory; none where no server was asked
    /// @param registeredAt in UTC, ISO 8601
    /// @param aliases that point to it now
    /// @param signatures it was registered with
    /// @param validation what was found when it was last tried out; empty if it never was
    record VersionDetails(
            String ref,
            String digest,
            String state,
            Optional<String> failure,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ReplicaState> replicas,
            String registeredAt,
            List<String> aliases,
            String family,
            String geometry,
            List<String> classes,
            List<Signature> signatures,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Setup> setups,
            Optional<JsonNode> validation,
            JsonNode manifest) {}

    /// How the server that was asked runs a stage: what is in force. None where no server has it loaded.
    record Setup(String stage, String device, int sessions, int threads, int maxBatch) {
        @Override
        public String toString() {
            return stage + " on " + device + ": " + sessions + (sessions == 1 ? " session" : " sessions") + " x "
                    + threads + (threads == 1 ? " thread" : " threads") + ", at most " + maxBatch
                    + (maxBatch == 1 ? " row" : " rows") + " in a run";
        }
    }

    /// @param key fingerprint of the key that signed
    /// @param form `model-signing` or `sha256sums`
    record Signature(String key, String form) {
        @Override
        public String toString() {
            return key + " (" + form + ")";
        }
    }

    /// What became of a registration.
    ///
    /// @param manifest as completed
    /// @param origins manifest key -> where its value came from
    /// @param questions manifest key -> what could only be guessed, and which line to add if the guess is wrong
    /// @param failure why the version is not AVAILABLE
    /// @param signatures the version has, of this registration or one before
    record Registration(
            String ref,
            String digest,
            String state,
            JsonNode manifest,
            Map<String, String> origins,
            Map<String, String> questions,
            Optional<String> failure,
            List<Signature> signatures) {}

    /// @param state before it was removed
    /// @param bytes of its files
    record OldVersion(String ref, String digest, String state, long bytes) {}

    /// @param reason why it is held; empty where it is not
    record HeldVersion(String ref, Optional<String> reason) {}

    /// @param behind servers that may not know of the change yet, where several share the registry
    record VersionState(
            String ref,
            String state,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> behind) {
        VersionState(String ref, String state) {
            this(ref, state, List.of());
        }
    }

    /// @param report as [dev.firstpass.registry.validation.ReportJson] has it
    record Validation(String ref, JsonNode report) {}

    /// @param stable the version that the alias names
    /// @param canary the version that some assets meet; empty where all meet the stable one
    /// @param percent of the assets that meet the canary
    /// @param shadow the version that gets copies of requests; empty where none does
    /// @param shadowPercent of the assets whose requests are copied
    /// @param figures how it goes on the server, as the management listener has it; empty where there is no server, and no
    ///     rollout
    /// @param behind servers that may not know of the change yet, where several share the registry
    record RolloutState(
            String ref,
            long stable,
            OptionalLong canary,
            int percent,
            OptionalLong shadow,
            int shadowPercent,
            Optional<JsonNode> figures,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> behind) {}

    /// @param previous the version the alias pointed to before
    /// @param behind servers that may not know of the change yet, where several share the registry
    record AliasMove(
            String ref,
            long version,
            OptionalLong previous,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> behind) {
        AliasMove(String ref, long version, OptionalLong previous) {
            this(ref, version, previous, List.of());
        }
    }
}
