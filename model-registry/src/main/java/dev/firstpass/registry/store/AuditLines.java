package dev.firstpass.registry.store;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.Principal;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.Scope;
import java.time.Instant;
import java.util.Optional;

/// What the audit says of each kind of change, by the [Principal] of the calling thread. Lines are not numbered yet, and done unless
/// they are given another end.
///
/// Pure functions of what they are given and of that.
final class AuditLines {
    /// Who acts when nobody asked for it.
    static final String SUPERVISION = "supervision";

    private AuditLines() {}

    static AuditLine registered(Instant now, ModelName name, long number, String digest) {
        return line(now, AuditLine.REGISTER, name, Long.toString(number), "", State.REGISTERED.name(), digest);
    }

    static AuditLine signed(Instant now, VersionRow version, SignedBy signer) {
        return of(now, AuditLine.SIGNATURE, version, "", signer.key());
    }

    static AuditLine state(Instant now, VersionRow before, State state) {
        return of(now, AuditLine.STATE, before, before.state().name(), state.name());
    }

    static AuditLine held(VersionRow version, Instant since, String before, String reason) {
        return of(since, AuditLine.HOLD, version, before, reason);
    }

    static AuditLine released(Instant now, VersionRow version, String reason) {
        return of(now, AuditLine.RELEASE, version, reason, "");
    }

    static AuditLine pruned(Instant now, VersionRow version) {
        return of(now, AuditLine.PRUNE, version, version.state().name(), "");
    }

    /// @param from the version that the alias named
    /// @param digest of the one that it is to name
    static AuditLine move(Instant now, AliasChange move, Optional<Long> from, String digest) {
        String action = switch (move.kind()) {
            case MOVE -> AuditLine.ALIAS;
            case ROLLBACK -> AuditLine.ROLLBACK;
        };
        return line(
                now,
                action,
                move.name(),
                move.alias(),
                from.map(number -> Long.toString(number)).orElse(""),
                Long.toString(move.to()),
                digest);
    }

    /// Of the alias that a model's first version got.
    static AuditLine given(Instant now, String alias, VersionRow to) {
        return line(now, AuditLine.ALIAS, to.name(), alias, "", Long.toString(to.number()), to.digest());
    }

    /// Of an alias that was taken back without anybody having asked for it.
    static AuditLine takenBack(Instant now, String alias, long failed, VersionRow to) {
        return bySupervision(line(
                now,
                AuditLine.ROLLBACK,
                to.name(),
                alias,
                Long.toString(failed),
                Long.toString(to.number()),
                to.digest()));
    }

    static AuditLine rollout(
            Instant now, ModelName name, String alias, Optional<Rollout> from, Optional<Rollout> to, String digest) {
        return line(
                now,
                AuditLine.ROLLOUT,
                name,
                alias,
                from.map(Rollout::toString).orElse(""),
                to.map(Rollout::toString).orElse(""),
                digest);
    }

    /// @param before number of the version that was the newest; 0 if there was none
    static AuditLine project(Instant now, ProjectName name, long before, long number, String digest) {
        return line(
                now,
                AuditLine.PROJECT,
                new ModelName(name.tenant(), name.value()),
                Long.toString(number),
                before == 0 ? "" : Long.toString(before),
                Long.toString(number),
                digest);
    }

    /// Of a token that was made: what it may do, and until when.
    static AuditLine token(ApiToken token, String by) {
        String until = token.expiresAt().map(end -> " until " + end).orElse("");
        return of(token.createdAt(), AuditLine.TOKEN, token, by, "", Scope.text(token.scopes()) + until);
    }

    static AuditLine revoked(Instant now, ApiToken token, String by) {
        return of(now, AuditLine.REVOKE, token, by, Scope.text(token.scopes()), "");
    }

    private static AuditLine of(Instant now, String action, ApiToken token, String by, String from, String to) {
        return new AuditLine(
                0, token.tenant().value(), by, now, action, token.name(), token.id(), from, to, "", AuditLine.DONE, "");
    }

    /// The same line of a change that nobody asked for.
    static AuditLine bySupervision(AuditLine line) {
        return new AuditLine(
                line.id(),
                line.tenant(),
                SUPERVISION,
                line.at(),
                line.action(),
                line.name(),
                line.subject(),
                line.from(),
                line.to(),
                line.digest(),
                line.result(),
                line.hash());
    }

    private static AuditLine of(Instant now, String action, VersionRow version, String from, String to) {
        return line(now, action, version.name(), Long.toString(version.number()), from, to, version.digest());
    }

    private static AuditLine line(
            Instant now, String action, ModelName name, String subject, String from, String to, String digest) {
        return new AuditLine(
                0,
                name.tenant().value(),
                Principal.current(),
                now,
                action,
                name.value(),
                subject,
                from,
                to,
                digest,
                AuditLine.DONE,
                "");
    }
}
