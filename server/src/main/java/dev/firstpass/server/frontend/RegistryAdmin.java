package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.rollout.RolloutReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The registry as the management listener needs it.
///
/// Thread-safe. Blocks, so it is called on a virtual thread. Throws [dev.firstpass.registry.RegistryException]s.
public interface RegistryAdmin extends RetentionAdmin {
    /// Every model of a tenant with its versions, by name, as they are now. Costs a copy of a list.
    List<ModelEntry> entries(Tenant tenant);

    /// One of them.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ModelNotFound if there is no such model
    ModelEntry entry(ModelName name);

    /// This server and the live others that share the registry, this one first, with what each has in memory: the others as
    /// they were a second or two ago. Waits for none of them.
    List<Replica> replicas();

    /// Why a version has failed on this replica since it was registered; empty where it has not.
    Optional<String> failure(ModelRef.Numbered ref);

    /// Why a version does not serve: what the registry says of one that is FAILED or CORRUPT, and of one that is AVAILABLE
    /// why it has failed on this replica.
    default Optional<String> problem(ModelVersion version) {
        return switch (version.state()) {
            case AVAILABLE -> failure(version.ref());
            case FAILED, CORRUPT ->
                Optional.ofNullable(entry(version.name()).failures().get(version.number()));
            case REGISTERED, VALIDATING, RETIRED -> Optional.empty();
        };
    }

    /// Alias -> version of one model; empty where there is no such model.
    Map<String, Long> aliases(ModelName name);

    /// Takes in a model file or bundle as the model's next version, looks at it and loads it. Takes as long as
    /// that takes.
    ///
    /// @param upload read, not kept: the caller deletes it; what has to be unpacked is unpacked beside it
    Registered register(ModelName name, Path upload, ProgressListener progress);

    /// Moves an alias, or makes it, once the version is loaded and warm. From its return on no new request gets the
    /// version that the alias meant before.
    ///
    /// @param expected the version that it must mean now; empty moves it whatever it means
    /// @throws dev.firstpass.registry.RegistryException.PreconditionFailed if it means another version, or none
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if there is no such version
    /// @throws dev.firstpass.server.failure.FailureException if it cannot be loaded; the alias means what it meant
    void moveAlias(ModelName name, String alias, long version, OptionalLong expected);

    /// Moves an alias back to the version that it meant before, as `moveAlias` does: the last of those that is AVAILABLE
    /// and has not failed here. What was moved back from is not come back to.
    ///
    /// @param expected the version that it must mean now; empty moves it whatever it means
    /// @return the version that it means now
    /// @throws dev.firstpass.registry.RegistryException.PreconditionFailed if it means another version, or there is none
    ///     to go back to
    long rollBack(ModelName name, String alias, OptionalLong expected);

    /// How an alias' requests are split; empty where they are not, or there is no such model or alias.
    Optional<Rollout> rollout(ModelName name, String alias);

    /// How the rollout of an alias does on this replica; empty where there is none, and no canary was stopped.
    Optional<RolloutReport> rolloutReport(ModelRef.Aliased alias);

    /// Splits an alias' requests, copies them, or both, once the canary and the shadow are loaded and warm. What was before
    /// ends.
    ///
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if there is no such version or alias
    /// @throws dev.firstpass.registry.RegistryException.PreconditionFailed if one of them is not AVAILABLE, or is what the
    ///     alias means
    void rollOut(ModelName name, String alias, Rollout rollout);

    /// Sends all of an alias' requests to the version that it means. Nothing happens if they go there.
    ///
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if there is no such alias
    void endRollout(ModelName name, String alias);

    /// Takes a version out of service, and returns when requests that have it have ended and it is unloaded.
    ///
    /// @throws dev.firstpass.registry.RegistryException.InUse if an alias means it
    ModelVersion retire(ModelRef.Numbered ref);

    /// Waits until all other servers that share the registry know what was changed here, some seconds at most.
    ///
    /// @return names of those of which it is not known: they may still answer by what was before
    List<String> behind();

    /// The labeling projects.
    ProjectAdmin projects();

    /// What was found when versions were tried out.
    ValidationAdmin validations();

    /// Lines of the audit, the oldest first: all of them for [Tenant#LOCAL], whose server it is, and its own for another.
    ///
    /// @param after lines with greater numbers
    /// @param most lines
    AuditPage audit(Tenant tenant, long after, int most);

    /// What a version holds of memory, and how long its runs took; empty where it is not loaded.
    Optional<Residency> residency(ModelRef.Numbered ref);

    /// A loaded version.
    ///
    /// @param bytes device -> bytes of its memory that the version is booked with
    /// @param setups how its stages are run
    /// @param runs measured when it was warmed up
    record Residency(Map<String, Long> bytes, List<Setup> setups, List<Run> runs) {
        public Residency {
            bytes = Map.copyOf(bytes);
            setups = List.copyOf(setups);
            runs = List.copyOf(runs);
        }

        /// How a stage is run on a device: what is in force, not what was asked for.
        ///
        /// @param sessions runs at a time
        /// @param threads of each run
        /// @param mostRows in one run
        public record Setup(String stage, String device, int sessions, int threads, int mostRows) {}

        /// @param row extents of one row, of the first of its tensors where there are several
        /// @param rows in the run
        public record Run(String stage, String device, List<Long> row, int rows, long nanos) {
            public Run {
                row = List.copyOf(row);
            }
        }
    }

    /// A version that was taken in.
    ///
    /// @param origins manifest key -> where its value came from, for a person to check
    /// @param questions manifest key -> what could only be guessed, and which line to add if the guess is wrong
    /// @param failure why the version is not AVAILABLE; empty if it is
    /// @param signers whose signatures it was registered with, this time or before
    /// @param validation what was found when it was tried out; empty if it was not
    record Registered(
            ModelVersion version,
            Map<String, String> origins,
            Map<String, String> questions,
            String failure,
            List<SignedBy> signers,
            Optional<ValidationReport> validation) {
        public Registered {
            origins = Map.copyOf(origins);
            questions = Map.copyOf(questions);
            signers = List.copyOf(signers);
        }
    }
}
