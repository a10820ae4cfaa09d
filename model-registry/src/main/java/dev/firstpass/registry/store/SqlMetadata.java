package dev.firstpass.registry.store;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.RegistryException.AlreadyExists;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.validation.ValidationReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jdbi.v3.core.Handle;

/// Versions and aliases in a relational database: what a change requires, does and says in the audit. The SQL of each
/// table is in its own class, one text for all databases; what differs is in [Database].
///
/// Thread-safe; writers wait for each other. Owns the database.
final class SqlMetadata implements MetadataStore {
    private final Database database;

    /// @param database is closed with this
    SqlMetadata(Database database) {
        this.database = database;
    }

    // --- Reading

    @Override
    public Contents contents() {
        return database.snapshot(handle -> new Contents(
                VersionTable.all(handle),
                AliasTable.all(handle),
                RolloutTable.all(handle),
                SignatureTable.of(handle),
                ValidationTable.rows(handle),
                ProjectTable.all(handle),
                AuditLog.head(handle).id()));
    }

    @Override
    public Contents contents(ModelName name) {
        return database.snapshot(handle -> contents(handle, name));
    }

    /// @param handle in a transaction that sees the state of one instant
    static Contents contents(Handle handle, ModelName name) {
        return new Contents(
                VersionTable.of(handle, name),
                AliasTable.of(handle, name),
                RolloutTable.of(handle, name),
                SignatureTable.of(handle, name),
                ValidationTable.rows(handle, name),
                ProjectTable.of(handle, new ProjectName(name.tenant(), name.value())),
                AuditLog.head(handle).id());
    }

    @Override
    public Optional<VersionRow> find(ModelName name, String digest) {
        return database.read(handle -> VersionTable.find(handle, name, digest));
    }

    @Override
    public boolean isKnown(String digest) {
        return database.read(handle -> VersionTable.isKnown(handle, digest));
    }

    @Override
    public Optional<ValidationReport> report(ModelRef.Numbered ref) {
        return database.read(handle -> ValidationTable.find(handle, ref));
    }

    @Override
    public Map<Long, Hold> holds(ModelName name) {
        return database.read(handle -> HoldTable.of(handle, name));
    }

    @Override
    public AuditPage audit(long after, int most) {
        return database.snapshot(handle -> new AuditPage(AuditLog.after(handle, after, most), AuditLog.head(handle)));
    }

    @Override
    public AuditPage audit(Tenant tenant, long after, int most) {
        return database.snapshot(
                handle -> new AuditPage(AuditLog.after(handle, tenant, after, most), AuditLog.last(handle, tenant)));
    }

    // --- Versions

    @Override
    public long add(ModelName name, String digest, String manifest, Instant now) {
        return database.change(handle -> VersionTable.find(handle, name, digest)
                .map(VersionRow::number)
                .orElseGet(() -> {
                    long number = VersionTable.add(handle, name, digest, manifest, now);
                    AuditLog.append(handle, AuditLines.registered(now, name, number, digest));
                    return number;
                }));
    }

    @Override
    public boolean setState(ModelName name, long number, State state, String reason, String firstAlias, Instant now) {
        return database.change(handle -> {
            VersionRow before = VersionTable.require(handle, name, number);
            if (before.state() != state || !before.reason().equals(reason)) {
                setState(handle, before, state, reason, now);
            }
            boolean isFirst = state == State.AVAILABLE
                    && AliasTable.find(handle, name, firstAlias).isEmpty();
            if (isFirst) {
                AliasTable.point(handle, name, firstAlias, number, now);
                AuditLog.append(handle, AuditLines.given(now, firstAlias, before));
            }
            return isFirst;
        });
    }

    private static void setState(Handle handle, VersionRow before, State state, String reason, Instant now) {
        VersionTable.setState(handle, before, state, reason);
        AuditLog.append(handle, AuditLines.state(now, before, state));
    }

    @Override
    public void sign(ModelRef.Numbered ref, List<SignedBy> signers, Instant now) {
        var _ = database.change(handle -> {
            VersionRow version = VersionTable.require(handle, ref.name(), ref.number());
            for (SignedBy signer : signers) {
                if (SignatureTable.put(handle, ref, signer, now)) {
                    AuditLog.append(handle, AuditLines.signed(now, version, signer));
                }
            }
            return ref;
        });
    }

    @Override
    public void keep(ModelRef.Numbered ref, ValidationReport report, Map<String, Integer> rows) {
        var _ = database.change(handle -> {
            ValidationTable.put(handle, ref, report, rows);
            return ref;
        });
    }

    @Override
    public void retire(ModelName name, long number, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = VersionTable.require(handle, name, number);
            requireUnused(handle, before);
            if (before.state() != State.RETIRED) {
                setState(handle, before, State.RETIRED, "", now);
            }
            return number;
        });
    }

    @Override
    public void retireRefused(ModelName name, long number, String why, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = VersionTable.require(handle, name, number);
            AuditLog.append(handle, AuditLines.state(now, before, State.RETIRED).ending(AuditLine.REFUSED + why));
            return number;
        });
    }

    @Override
    public void hold(ModelName name, long number, Hold hold) {
        var _ = database.change(handle -> {
            VersionRow version = VersionTable.require(handle, name, number);
            String before =
                    HoldTable.find(handle, name, number).map(Hold::reason).orElse("");
            if (!before.equals(hold.reason())) {
                HoldTable.put(handle, name, number, hold);
                AuditLog.append(handle, AuditLines.held(version, hold.since(), before, hold.reason()));
            }
            return number;
        });
    }

    @Override
    public boolean release(ModelName name, long number, Instant now) {
        return database.change(handle -> {
            VersionRow version = VersionTable.require(handle, name, number);
            Optional<Hold> before = HoldTable.find(handle, name, number);
            before.ifPresent(hold -> {
                HoldTable.delete(handle, name, number);
                AuditLog.append(handle, AuditLines.released(now, version, hold.reason()));
            });
            return before.isPresent();
        });
    }

    @Override
    public void remove(ModelName name, long number, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = VersionTable.require(handle, name, number);
            requireUnused(handle, before);
            HoldTable.find(handle, name, number).ifPresent(hold -> {
                throw new InUse(name + "@" + number + " is held: " + hold.reason() + " (expected: no hold)");
            });
            ValidationTable.delete(handle, new ModelRef.Numbered(name, number));
            SignatureTable.delete(handle, new ModelRef.Numbered(name, number));
            VersionTable.delete(handle, before);
            AuditLog.append(handle, AuditLines.pruned(now, before));
            return number;
        });
    }

    private static void requireUnused(Handle handle, VersionRow version) {
        String ref = version.name() + "@" + version.number();
        if (version.state() == State.VALIDATING) {
            throw new InUse(ref + " is being validated");
        }
        List<String> aliases = AliasTable.naming(handle, version);
        if (!aliases.isEmpty()) {
            throw new InUse(ref + " is what " + String.join(", ", aliases) + " names (expected: no alias)");
        }
        OptionalLong number = OptionalLong.of(version.number());
        for (RolloutRow row : RolloutTable.of(handle, version.name())) {
            if (row.rollout().canary().equals(number)) {
                throw new InUse(ref + " is a canary (expected: no rollout)");
            }
            if (row.rollout().shadow().equals(number)) {
                throw new InUse(ref + " is a shadow (expected: no rollout)");
            }
        }
    }

    // --- Aliases

    @Override
    public void moveAlias(AliasChange move, Instant now) {
        var _ = database.change(handle -> {
            VersionRow target = VersionTable.require(handle, move.name(), move.to());
            if (target.state() != State.AVAILABLE) {
                throw new PreconditionFailed(move.name() + "@" + move.to() + ": " + target.state()
                        + " (expected: AVAILABLE, to be given an alias)");
            }
            Optional<Long> found = AliasTable.find(handle, move.name(), move.alias());
            check(move.name(), move.alias(), found, move.expected());
            AliasTable.point(handle, move.name(), move.alias(), move.to(), now);
            AuditLog.append(handle, AuditLines.move(now, move, found, target.digest()));
            var _ = endRollout(handle, move.name(), move.alias(), now);
            return move.to();
        });
    }

    private static void check(ModelName name, String alias, Optional<Long> found, Expected expected) {
        boolean isMet = switch (expected) {
            case Expected.Anything() -> true;
            case Expected.Absent() -> found.isEmpty();
            case Expected.AtVersion(long number) -> found.isPresent() && found.get() == number;
        };
        if (!isMet) {
            String wanted = expected instanceof Expected.AtVersion(long number) ? "version " + number : "no such alias";
            throw new PreconditionFailed(name + "@" + alias + ": "
                    + found.map(number -> "version " + number).orElse("no such alias") + " (expected: " + wanted + ")");
        }
    }

    @Override
    public void refused(AliasChange move, String why, Instant now) {
        var _ = database.change(handle -> {
            Optional<Long> found = AliasTable.find(handle, move.name(), move.alias());
            AuditLog.append(handle, AuditLines.move(now, move, found, "").ending(AuditLine.REFUSED + why));
            return move.to();
        });
    }

    @Override
    public Optional<Long> before(ModelName name, String alias, Predicate<Long> suits) {
        return database.read(handle ->
                before(handle, AuditLog.moves(handle, name, alias), name, suits).map(VersionRow::number));
    }

    private static Optional<VersionRow> before(
            Handle handle, List<AuditLine> moves, ModelName name, Predicate<Long> suits) {
        return AliasHistory.of(moves).before().stream()
                .filter(suits)
                // What was removed since is none of them.
                .flatMap(number -> VersionTable.find(handle, name, number).stream())
                .filter(version -> version.state() == State.AVAILABLE)
                .findFirst();
    }

    @Override
    public Optional<Long> rollBack(
            ModelName name, String alias, long failed, Instant since, Predicate<Long> suits, Instant now) {
        return database.change(handle -> {
            List<AuditLine> moves = AuditLog.moves(handle, name, alias);
            boolean isYoung = !moves.isEmpty() && isAskedSince(moves.getLast(), failed, since);
            if (!isYoung || !AliasTable.find(handle, name, alias).equals(Optional.of(failed))) {
                return Optional.empty();
            }
            Optional<VersionRow> target = before(handle, moves, name, suits);
            target.ifPresent(version -> {
                AliasTable.point(handle, name, alias, version.number(), now);
                var _ = endRollout(handle, name, alias, now);
                AuditLog.append(handle, AuditLines.takenBack(now, alias, failed, version));
            });
            return target.map(VersionRow::number);
        });
    }

    private static boolean isAskedSince(AuditLine move, long to, Instant since) {
        return !move.principal().equals(AuditLines.SUPERVISION)
                && move.to().equals(Long.toString(to))
                && !move.at().isBefore(since);
    }

    // --- Rollouts

    @Override
    public void rollOut(ModelName name, String alias, Rollout rollout, Instant now) {
        var _ = database.change(handle -> {
            List<VersionRow> candidates = LongStream.concat(rollout.canary().stream(), rollout.shadow().stream())
                    .mapToObj(number -> VersionTable.require(handle, name, number))
                    .toList();
            long stable = AliasTable.find(handle, name, alias)
                    .orElseThrow(() -> new VersionNotFound(name + "@" + alias + ": no such alias"));
            candidates.forEach(candidate -> requireFit(candidate, stable, alias, rollout));
            Optional<Rollout> before = RolloutTable.find(handle, name, alias);
            RolloutTable.put(handle, name, alias, rollout);
            String digest = candidates.getFirst().digest();
            AuditLog.append(handle, AuditLines.rollout(now, name, alias, before, Optional.of(rollout), digest));
            return stable;
        });
    }

    @Override
    public void rolloutRefused(ModelName name, String alias, Rollout rollout, String why, Instant now) {
        var _ = database.change(handle -> {
            Optional<Rollout> present = RolloutTable.find(handle, name, alias);
            AuditLine refused = AuditLines.rollout(now, name, alias, present, Optional.of(rollout), "");
            AuditLog.append(handle, refused.ending(AuditLine.REFUSED + why));
            return alias;
        });
    }

    private static void requireFit(VersionRow candidate, long stable, String alias, Rollout rollout) {
        String ref = candidate.name() + "@" + candidate.number();
        if (candidate.state() != State.AVAILABLE) {
            String role = rollout.canary().orElse(0) == candidate.number() ? "a canary" : "a shadow";
            throw new PreconditionFailed(ref + ": " + candidate.state() + " (expected: AVAILABLE, to be " + role + ")");
        }
        if (stable == candidate.number()) {
            throw new PreconditionFailed(ref + " is what " + alias + " names (expected: another version)");
        }
    }

    @Override
    public boolean stopCanary(ModelName name, String alias, long canary, String why, Instant now) {
        return database.change(handle -> {
            Optional<Rollout> before = RolloutTable.find(handle, name, alias)
                    .filter(rollout -> rollout.canary().equals(OptionalLong.of(canary)));
            if (before.isPresent()) {
                RolloutTable.deleteCanary(handle, name, alias);
                Optional<Rollout> after = RolloutTable.find(handle, name, alias);
                String digest = VersionTable.require(handle, name, canary).digest();
                AuditLine line = AuditLines.rollout(now, name, alias, before, after, digest);
                AuditLog.append(handle, AuditLines.bySupervision(line).ending(AuditLine.DONE + ": " + why));
            }
            return before.isPresent();
        });
    }

    @Override
    public boolean endRollout(ModelName name, String alias, Instant now) {
        return database.change(handle -> endRollout(handle, name, alias, now));
    }

    private static boolean endRollout(Handle handle, ModelName name, String alias, Instant now) {
        Optional<Rollout> before = RolloutTable.find(handle, name, alias);
        if (before.isPresent()) {
            RolloutTable.delete(handle, name, alias);
            AuditLog.append(handle, AuditLines.rollout(now, name, alias, before, Optional.empty(), ""));
        }
        return before.isPresent();
    }

    // --- Projects

    @Override
    public long setProject(ProjectName name, String spec, Instant now) {
        String digest = ProjectDocument.digest(spec);
        return database.change(handle -> {
            Optional<ProjectRow> newest = ProjectTable.newest(handle, name);
            if (newest.isPresent() && newest.get().digest().equals(digest)) {
                return newest.get().number();
            }
            long number = ProjectTable.last(handle, name) + 1;
            ProjectTable.add(handle, name, number, digest, spec, now);
            long before = newest.map(ProjectRow::number).orElse(0L);
            AuditLog.append(handle, AuditLines.project(now, name, before, number, digest));
            return number;
        });
    }

    // --- Locks

    // --- Tokens of the API

    @Override
    public List<TokenRow> tokens() {
        return database.read(TokenTable::all);
    }

    @Override
    public void addToken(TokenRow row, int most, String by) {
        var _ = database.change(handle -> {
            ApiToken token = row.token();
            if (TokenTable.find(handle, token.tenant(), token.name()).isPresent()) {
                throw new AlreadyExists(
                        "token " + token.name() + " exists (expected: another name, or revoke it first)");
            }
            if (TokenTable.count(handle, token.tenant()) >= most) {
                throw new ArgumentInvalid(
                        "name",
                        "token " + token.name() + ": its tenant has " + most + " (expected: one is revoked first)");
            }
            TokenTable.add(handle, row);
            AuditLog.append(handle, AuditLines.token(token, by));
            return token;
        });
    }

    @Override
    public boolean revokeToken(Tenant tenant, String name, String by, Instant now) {
        return database.change(handle -> {
            Optional<TokenRow> before = TokenTable.find(handle, tenant, name);
            before.ifPresent(row -> {
                TokenTable.delete(handle, row.token().id());
                AuditLog.append(handle, AuditLines.revoked(now, row.token(), by));
            });
            return before.isPresent();
        });
    }

    @Override
    public void tokensUsed(Map<String, Instant> used) {
        var _ = database.change(handle -> {
            used.forEach((id, at) -> TokenTable.used(handle, id, at));
            return used;
        });
    }

    @Override
    public ContentLock lock(String digest) {
        return database.lock(digest);
    }

    @Override
    public Optional<ContentLock> tryLock(String digest) {
        return database.tryLock(digest);
    }

    @Override
    public void close() {
        database.close();
    }
}
