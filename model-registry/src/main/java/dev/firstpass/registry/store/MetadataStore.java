package dev.firstpass.registry.store;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.validation.ValidationReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// What is registered, which of it an alias names, and who changed it. Each change is one transaction that also writes the
/// audit, and outlasts a loss of power when the method returns.
///
/// Thread-safe. All methods may throw `DataUnusable`, `StorageFull`, and `Unavailable` where the database is elsewhere; what
/// a change that ends with `Unavailable` has done is not known.
interface MetadataStore extends AutoCloseable {
    record VersionRow(
            ModelName name,
            long number,
            String digest,
            String manifest,
            State state,
            String reason,
            Instant registeredAt) {}

    record AliasRow(ModelName name, String alias, long number) {}

    record RolloutRow(ModelName name, String alias, Rollout rollout) {}

    /// @param spec in its canonical form, whose SHA-256 is the digest
    record ProjectRow(ProjectName name, long number, String digest, String spec, Instant createdAt) {}

    /// @param hash SHA-256 of the token, 64 hex digits, which begin with its id
    record TokenRow(ApiToken token, String hash) {}

    /// What there is at one instant.
    ///
    /// @param projects versions of labeling projects, by name and number
    /// @param signers version -> whose signatures it was registered with, for those that have one
    /// @param rowLimits version -> stage -> most rows of one run, for those that were found to take fewer than they claim
    /// @param line number of the audit's last line at that instant; 0 if there is none
    record Contents(
            List<VersionRow> versions,
            List<AliasRow> aliases,
            List<RolloutRow> rollouts,
            Map<ModelRef.Numbered, List<SignedBy>> signers,
            Map<ModelRef.Numbered, Map<String, Integer>> rowLimits,
            List<ProjectRow> projects,
            long line) {}

    /// Of all models and projects of all tenants, by name.
    Contents contents();

    /// Of one model, and of the project of that name.
    Contents contents(ModelName name);

    /// Adds a version of a project, in one transaction; nothing happens if the newest one says the same.
    ///
    /// @param spec in its canonical form
    /// @return its number: one more than that of the newest, or that of the newest if it says the same
    long setProject(ProjectName name, String spec, Instant now);

    /// The version of this content.
    Optional<VersionRow> find(ModelName name, String digest);

    /// Splits an alias' requests, or copies them, in one transaction.
    ///
    /// @throws VersionNotFound if there is no such alias, or no version that the canary or the shadow names
    /// @throws PreconditionFailed if that is not AVAILABLE, or is what the alias names
    void rollOut(ModelName name, String alias, Rollout rollout, Instant now);

    /// Writes down that a rollout was refused.
    void rolloutRefused(ModelName name, String alias, Rollout rollout, String why, Instant now);

    /// Ends the canary of an alias, in one transaction, without anybody having asked for it; a shadow stays. Nothing
    /// happens if it is not the canary, any more.
    ///
    /// @param why for the audit
    /// @return whether it was
    boolean stopCanary(ModelName name, String alias, long canary, String why, Instant now);

    /// Ends a rollout, in one transaction.
    ///
    /// @return whether there was one
    boolean endRollout(ModelName name, String alias, Instant now);

    /// Whether any tenant's version has this content.
    boolean isKnown(String digest);

    /// Adds a version in state REGISTERED, and its model if it is the first; nothing happens if the model has one of this
    /// content.
    ///
    /// @return its number: one more than any that the model ever had, or that of the one which is there
    long add(ModelName name, String digest, String manifest, Instant now);

    /// Puts a version into another state; nothing happens if it is in it already.
    ///
    /// @param firstAlias alias that a model without it gets when `state` is AVAILABLE
    /// @param reason why it is FAILED or CORRUPT; empty otherwise
    /// @return whether the alias was given
    boolean setState(ModelName name, long number, State state, String reason, String firstAlias, Instant now);

    /// Adds whose signatures a version was registered with, in one transaction; those that it has are passed over.
    ///
    /// @throws VersionNotFound if there is none of that number
    void sign(ModelRef.Numbered ref, List<SignedBy> signers, Instant now);

    /// Keeps what was found when a version was tried out, in the place of what was found before.
    ///
    /// @param rows stage -> most rows of one run, of the last trial that passed
    void keep(ModelRef.Numbered ref, ValidationReport report, Map<String, Integer> rows);

    /// What was found when a version was last tried out; empty if it never was, or before that was kept.
    Optional<ValidationReport> report(ModelRef.Numbered ref);

    /// Makes a version RETIRED in one transaction; nothing happens if it is already.
    ///
    /// @throws VersionNotFound if there is none of that number
    /// @throws InUse if an alias names it, or it is being validated
    void retire(ModelName name, long number, Instant now);

    /// Number -> why that version of a model is held.
    Map<Long, Hold> holds(ModelName name);

    /// Holds a version, or holds it for another reason, in one transaction; nothing happens if it is held for that
    /// reason.
    ///
    /// @throws VersionNotFound if there is none of that number
    void hold(ModelName name, long number, Hold hold);

    /// Ends a hold in one transaction.
    ///
    /// @return whether there was one
    /// @throws VersionNotFound if there is none of that number
    boolean release(ModelName name, long number, Instant now);

    /// Removes a version in one transaction. Its number is not used again.
    ///
    /// @throws VersionNotFound if there is none of that number
    /// @throws InUse if an alias names it, it is a canary or a shadow, it is being validated, or it is held
    void remove(ModelName name, long number, Instant now);

    /// Compares and sets in one transaction.
    ///
    /// @throws VersionNotFound if there is no version that it shall name
    /// @throws PreconditionFailed if that is not AVAILABLE, or the alias is not as expected
    void moveAlias(AliasChange move, Instant now);

    /// Writes down that a move was refused.
    void refused(AliasChange move, String why, Instant now);

    /// Writes down that a version was not retired.
    void retireRefused(ModelName name, long number, String why, Instant now);

    /// The version that an alias named before the present one, or else one before that: the last of them that is
    /// AVAILABLE and suits.
    Optional<Long> before(ModelName name, String alias, Predicate<Long> suits);

    /// Gives an alias back to the version that had it before `failed`, or to one before that, in one transaction: the
    /// last of them that is AVAILABLE and suits. A version that got it in this way itself keeps it.
    ///
    /// @param since nothing happens if `failed` got the alias before that
    /// @return the version that it names now; empty if nothing was changed
    Optional<Long> rollBack(
            ModelName name, String alias, long failed, Instant since, Predicate<Long> suits, Instant now);

    /// All tokens of the API, whoever's, by tenant and name.
    List<TokenRow> tokens();

    /// Adds a token, in one transaction.
    ///
    /// @param most tokens that its tenant may have
    /// @param by who asks for it
    /// @throws AlreadyExists if the tenant has one of that name
    /// @throws ArgumentInvalid if its tenant has as many as that
    void addToken(TokenRow row, int most, String by);

    /// Removes a token, in one transaction.
    ///
    /// @param by who asks for it
    /// @return whether there was one
    boolean revokeToken(Tenant tenant, String name, String by, Instant now);

    /// Notes when tokens were last used, in one transaction, without the audit.
    ///
    /// @param used id -> when
    void tokensUsed(Map<String, Instant> used);

    /// @param most lines
    AuditPage audit(long after, int most);

    /// The lines of one tenant alone; its last one is the end.
    AuditPage audit(Tenant tenant, long after, int most);

    /// Waits for the right to register this content: one at a time has it, of all that use this store in whatever process.
    /// It is lost where the process ends, or loses the database; `add` is right even then.
    ContentLock lock(String digest);

    /// The same, empty where another one has it.
    Optional<ContentLock> tryLock(String digest);

    @Override
    void close();
}
