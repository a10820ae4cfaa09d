package dev.firstpass.registry.store;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.validation.ValidationReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// Versions and aliases in a relational database. The SQL is one text for all of them; what differs is in [Database].
///
/// Thread-safe; writers wait for each other. Owns the database.
final class SqlMetadata implements MetadataStore {
    /// Whose models they are and who acts, until there is authentication.
    private static final String LOCAL = Tenant.LOCAL.value();

    /// Who acts when nobody asked for it.
    static final String SUPERVISION = "supervision";

    /// Of all aliases that are rolled out; more conditions may follow.
    private static final String ROLLOUTS = """
            SELECT alias.name AS name, alias.alias AS alias, rollout.canary AS canary, rollout.percent AS percent,
                shadow.number AS shadow, shadow.percent AS shadow_percent
            FROM alias
            LEFT JOIN rollout ON rollout.tenant = alias.tenant AND rollout.name = alias.name
                AND rollout.alias = alias.alias
            LEFT JOIN shadow ON shadow.tenant = alias.tenant AND shadow.name = alias.name
                AND shadow.alias = alias.alias
            WHERE alias.tenant = :tenant AND (rollout.canary IS NOT NULL OR shadow.number IS NOT NULL)""";

    private final Database database;

    /// @param database is closed with this
    SqlMetadata(Database database) {
        this.database = database;
    }

    @Override
    public Contents contents() {
        return database.snapshot(handle -> new Contents(
                handle.createQuery("SELECT * FROM version WHERE tenant = :tenant ORDER BY name, number")
                        .bind("tenant", LOCAL)
                        .map((row, _) -> Rows.version(row))
                        .list(),
                handle.createQuery("SELECT * FROM alias WHERE tenant = :tenant ORDER BY name, alias")
                        .bind("tenant", LOCAL)
                        .map((row, _) -> Rows.alias(row))
                        .list(),
                handle.createQuery(ROLLOUTS + " ORDER BY alias.name, alias.alias")
                        .bind("tenant", LOCAL)
                        .map((row, _) -> Rows.rollout(row))
                        .list(),
                ValidationTable.rows(handle, LOCAL),
                AuditLog.head(handle).id()));
    }

    @Override
    public Contents contents(ModelName name) {
        return database.snapshot(handle -> contents(handle, name));
    }

    /// @param handle in a transaction that sees the state of one instant
    static Contents contents(Handle handle, ModelName name) {
        return new Contents(
                of(handle, "SELECT * FROM version WHERE tenant = :tenant AND name = :name ORDER BY number", name)
                        .map((row, _) -> Rows.version(row))
                        .list(),
                of(handle, "SELECT * FROM alias WHERE tenant = :tenant AND name = :name", name)
                        .map((row, _) -> Rows.alias(row))
                        .list(),
                of(handle, ROLLOUTS + " AND alias.name = :name", name)
                        .map((row, _) -> Rows.rollout(row))
                        .list(),
                ValidationTable.rows(handle, LOCAL, name),
                AuditLog.head(handle).id());
    }

    private static Query of(Handle handle, String sql, ModelName name) {
        return handle.createQuery(sql).bind("tenant", LOCAL).bind("name", name.value());
    }

    @Override
    public Optional<VersionRow> find(ModelName name, String digest) {
        return database.read(handle -> find(handle, name, digest));
    }

    private static Optional<VersionRow> find(Handle handle, ModelName name, String digest) {
        return of(handle, "SELECT * FROM version WHERE tenant = :tenant AND name = :name AND digest = :digest", name)
                .bind("digest", digest)
                .map((row, _) -> Rows.version(row))
                .findOne();
    }

    @Override
    public void rollOut(ModelName name, String alias, Rollout rollout, Instant now) {
        var _ = database.change(handle -> {
            List<VersionRow> candidates = LongStream.concat(rollout.canary().stream(), rollout.shadow().stream())
                    .mapToObj(number -> version(handle, name, number))
                    .toList();
            long stable = aliased(handle, name, alias)
                    .orElseThrow(() -> new VersionNotFound(name + "@" + alias + ": no such alias"));
            candidates.forEach(candidate -> requireFit(candidate, stable, alias, rollout));
            Optional<Rollout> before = rollout(handle, name, alias);
            deleteRollout(handle, name, alias);
            rollout.canary()
                    .ifPresent(canary -> handle.createUpdate("""
                            INSERT INTO rollout (tenant, name, alias, canary, percent)
                            VALUES (:tenant, :name, :alias, :canary, :percent)""")
                            .bind("tenant", LOCAL)
                            .bind("name", name.value())
                            .bind("alias", alias)
                            .bind("canary", canary)
                            .bind("percent", rollout.percent())
                            .execute());
            rollout.shadow()
                    .ifPresent(shadow -> handle.createUpdate("""
                            INSERT INTO shadow (tenant, name, alias, number, percent)
                            VALUES (:tenant, :name, :alias, :number, :percent)""")
                            .bind("tenant", LOCAL)
                            .bind("name", name.value())
                            .bind("alias", alias)
                            .bind("number", shadow)
                            .bind("percent", rollout.shadowPercent())
                            .execute());
            AuditLog.append(
                    handle,
                    rolloutLine(
                            now,
                            name,
                            alias,
                            before,
                            Optional.of(rollout),
                            candidates.getFirst().digest()));
            return stable;
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

    private static void deleteRollout(Handle handle, ModelName name, String alias) {
        for (String table : List.of("rollout", "shadow")) {
            handle.createUpdate("DELETE FROM " + table + " WHERE tenant = :tenant AND name = :name AND alias = :alias")
                    .bind("tenant", LOCAL)
                    .bind("name", name.value())
                    .bind("alias", alias)
                    .execute();
        }
    }

    @Override
    public boolean stopCanary(ModelName name, String alias, long canary, String why, Instant now) {
        return database.change(handle -> {
            Optional<Rollout> before = rollout(handle, name, alias)
                    .filter(rollout -> rollout.canary().equals(OptionalLong.of(canary)));
            before.ifPresent(rollout -> {
                handle.createUpdate("DELETE FROM rollout WHERE tenant = :tenant AND name = :name AND alias = :alias")
                        .bind("tenant", LOCAL)
                        .bind("name", name.value())
                        .bind("alias", alias)
                        .execute();
                AuditLog.append(
                        handle,
                        new AuditLine(
                                0,
                                LOCAL,
                                SUPERVISION,
                                now,
                                AuditLine.ROLLOUT,
                                name.value(),
                                alias,
                                rollout.toString(),
                                rollout(handle, name, alias)
                                        .map(Rollout::toString)
                                        .orElse(""),
                                version(handle, name, canary).digest(),
                                AuditLine.DONE + ": " + why,
                                ""));
            });
            return before.isPresent();
        });
    }

    @Override
    public boolean endRollout(ModelName name, String alias, Instant now) {
        return database.change(handle -> endRollout(handle, name, alias, now));
    }

    private static boolean endRollout(Handle handle, ModelName name, String alias, Instant now) {
        Optional<Rollout> before = rollout(handle, name, alias);
        if (before.isPresent()) {
            deleteRollout(handle, name, alias);
            AuditLog.append(handle, rolloutLine(now, name, alias, before, Optional.empty(), ""));
        }
        return before.isPresent();
    }

    private static Optional<Rollout> rollout(Handle handle, ModelName name, String alias) {
        return handle.createQuery(ROLLOUTS + " AND alias.name = :name AND alias.alias = :alias")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("alias", alias)
                .map((row, _) -> Rows.rollout(row).rollout())
                .findOne();
    }

    private static AuditLine rolloutLine(
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

    @Override
    public boolean isKnown(String digest) {
        return database.read(
                handle -> handle.createQuery("SELECT EXISTS (SELECT 1 FROM version WHERE digest = :digest)")
                        .bind("digest", digest)
                        .mapTo(Boolean.class)
                        .one());
    }

    @Override
    public long add(ModelName name, String digest, String manifest, Instant now) {
        return database.change(handle -> find(handle, name, digest)
                .map(VersionRow::number)
                .orElseGet(() -> insert(handle, name, digest, manifest, now)));
    }

    private static long insert(Handle handle, ModelName name, String digest, String manifest, Instant now) {
        handle.createUpdate("""
                            INSERT INTO model (tenant, name, next_number, created_at) VALUES (:tenant, :name, 1, :now)
                            ON CONFLICT DO NOTHING""")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("now", now.toEpochMilli())
                .execute();
        long number = handle.createQuery("""
                            UPDATE model SET next_number = next_number + 1 WHERE tenant = :tenant AND name = :name
                            RETURNING next_number - 1""")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .mapTo(Long.class)
                .one();
        handle.createUpdate("""
                            INSERT INTO version (tenant, name, number, digest, manifest, state, registered_at)
                            VALUES (:tenant, :name, :number, :digest, :manifest, 'REGISTERED', :now)""")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("number", number)
                .bind("digest", digest)
                .bind("manifest", manifest)
                .bind("now", now.toEpochMilli())
                .execute();
        AuditLog.append(
                handle,
                line(now, AuditLine.REGISTER, name, Long.toString(number), "", State.REGISTERED.name(), digest));
        return number;
    }

    @Override
    public boolean setState(ModelName name, long number, State state, String reason, String firstAlias, Instant now) {
        return database.change(handle -> {
            VersionRow before = version(handle, name, number);
            if (before.state() != state || !before.reason().equals(reason)) {
                setState(handle, before, state, reason, now);
            }
            if (state != State.AVAILABLE || aliased(handle, name, firstAlias).isPresent()) {
                return false;
            }
            point(handle, name, firstAlias, number, now);
            AuditLog.append(
                    handle, line(now, AuditLine.ALIAS, name, firstAlias, "", Long.toString(number), before.digest()));
            return true;
        });
    }

    private static void setState(Handle handle, VersionRow before, State state, String reason, Instant now) {
        handle.createUpdate("""
                        UPDATE version SET state = :state, reason = :reason
                        WHERE tenant = :tenant AND name = :name AND number = :number""")
                .bind("state", state.name())
                .bind("reason", reason)
                .bind("tenant", LOCAL)
                .bind("name", before.name())
                .bind("number", before.number())
                .execute();
        AuditLog.append(handle, stateLine(now, before, state));
    }

    @Override
    public void keep(ModelRef.Numbered ref, ValidationReport report, Map<String, Integer> rows) {
        var _ = database.change(handle -> {
            ValidationTable.put(handle, LOCAL, ref, report, rows);
            return ref;
        });
    }

    @Override
    public Optional<ValidationReport> report(ModelRef.Numbered ref) {
        return database.read(handle -> ValidationTable.find(handle, LOCAL, ref));
    }

    @Override
    public void retire(ModelName name, long number, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = version(handle, name, number);
            requireUnused(handle, before);
            if (before.state() != State.RETIRED) {
                setState(handle, before, State.RETIRED, "", now);
            }
            return number;
        });
    }

    @Override
    public Map<Long, Hold> holds(ModelName name) {
        return database.read(handle -> HoldTable.of(handle, LOCAL, name));
    }

    @Override
    public void hold(ModelName name, long number, Hold hold) {
        var _ = database.change(handle -> {
            VersionRow row = version(handle, name, number);
            String before = HoldTable.find(handle, LOCAL, name, number)
                    .map(Hold::reason)
                    .orElse("");
            if (!before.equals(hold.reason())) {
                HoldTable.put(handle, LOCAL, name, number, hold);
                AuditLog.append(
                        handle,
                        line(
                                hold.since(),
                                AuditLine.HOLD,
                                name,
                                Long.toString(number),
                                before,
                                hold.reason(),
                                row.digest()));
            }
            return number;
        });
    }

    @Override
    public boolean release(ModelName name, long number, Instant now) {
        return database.change(handle -> {
            VersionRow row = version(handle, name, number);
            Optional<Hold> before = HoldTable.find(handle, LOCAL, name, number);
            before.ifPresent(hold -> {
                HoldTable.delete(handle, LOCAL, name, number);
                AuditLog.append(
                        handle,
                        line(now, AuditLine.RELEASE, name, Long.toString(number), hold.reason(), "", row.digest()));
            });
            return before.isPresent();
        });
    }

    @Override
    public void remove(ModelName name, long number, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = version(handle, name, number);
            requireUnused(handle, before);
            HoldTable.find(handle, LOCAL, name, number).ifPresent(hold -> {
                throw new InUse(name + "@" + number + " is held: " + hold.reason() + " (expected: no hold)");
            });
            ValidationTable.delete(handle, LOCAL, new ModelRef.Numbered(name, number));
            handle.createUpdate("DELETE FROM version WHERE tenant = :tenant AND name = :name AND number = :number")
                    .bind("tenant", LOCAL)
                    .bind("name", name.value())
                    .bind("number", number)
                    .execute();
            AuditLog.append(
                    handle,
                    line(
                            now,
                            AuditLine.PRUNE,
                            name,
                            Long.toString(number),
                            before.state().name(),
                            "",
                            before.digest()));
            return number;
        });
    }

    private static void requireUnused(Handle handle, VersionRow version) {
        String ref = version.name() + "@" + version.number();
        if (version.state() == State.VALIDATING) {
            throw new InUse(ref + " is being validated");
        }
        List<String> aliases = handle.createQuery("""
                        SELECT alias FROM alias WHERE tenant = :tenant AND name = :name AND number = :number
                        ORDER BY alias""")
                .bind("tenant", LOCAL)
                .bind("name", version.name())
                .bind("number", version.number())
                .mapTo(String.class)
                .list();
        if (!aliases.isEmpty()) {
            throw new InUse(ref + " is what " + String.join(", ", aliases) + " names (expected: no alias)");
        }
        List<Rollout> rollouts = handle.createQuery(ROLLOUTS + " AND alias.name = :name ORDER BY alias.alias")
                .bind("tenant", LOCAL)
                .bind("name", version.name())
                .map((row, _) -> Rows.rollout(row).rollout())
                .list();
        OptionalLong number = OptionalLong.of(version.number());
        if (rollouts.stream().anyMatch(rollout -> rollout.canary().equals(number))) {
            throw new InUse(ref + " is a canary (expected: no rollout)");
        }
        if (rollouts.stream().anyMatch(rollout -> rollout.shadow().equals(number))) {
            throw new InUse(ref + " is a shadow (expected: no rollout)");
        }
    }

    @Override
    public void moveAlias(AliasChange move, Instant now) {
        var _ = database.change(handle -> {
            VersionRow target = version(handle, move.name(), move.to());
            if (target.state() != State.AVAILABLE) {
                throw new PreconditionFailed(move.name() + "@" + move.to() + ": " + target.state()
                        + " (expected: AVAILABLE, to be given an alias)");
            }
            Optional<Long> found = aliased(handle, move.name(), move.alias());
            check(move.name(), move.alias(), found, move.expected());
            point(handle, move.name(), move.alias(), move.to(), now);
            AuditLog.append(handle, line(now, move, found, target.digest(), AuditLine.DONE));
            var _ = endRollout(handle, move.name(), move.alias(), now);
            return move.to();
        });
    }

    @Override
    public void refused(AliasChange move, String why, Instant now) {
        var _ = database.change(handle -> {
            AuditLog.append(
                    handle, line(now, move, aliased(handle, move.name(), move.alias()), "", AuditLine.REFUSED + why));
            return move.to();
        });
    }

    @Override
    public void retireRefused(ModelName name, long number, String why, Instant now) {
        var _ = database.change(handle -> {
            VersionRow before = version(handle, name, number);
            AuditLog.append(handle, stateLine(now, before, State.RETIRED).ending(AuditLine.REFUSED + why));
            return number;
        });
    }

    @Override
    public Optional<Long> before(ModelName name, String alias, Predicate<Long> suits) {
        return database.read(handle -> before(handle, AuditLog.moves(handle, LOCAL, name, alias), name, suits)
                .map(VersionRow::number));
    }

    private static Optional<VersionRow> before(
            Handle handle, List<AuditLine> moves, ModelName name, Predicate<Long> suits) {
        return AliasHistory.of(moves).before().stream()
                .filter(suits)
                // What was removed since is none of them.
                .flatMap(number -> found(handle, name, number).stream())
                .filter(row -> row.state() == State.AVAILABLE)
                .findFirst();
    }

    @Override
    public Optional<Long> rollBack(
            ModelName name, String alias, long failed, Instant since, Predicate<Long> suits, Instant now) {
        return database.change(handle -> {
            List<AuditLine> moves = AuditLog.moves(handle, LOCAL, name, alias);
            boolean isYoung = !moves.isEmpty() && isAskedSince(moves.getLast(), failed, since);
            if (!isYoung || !aliased(handle, name, alias).equals(Optional.of(failed))) {
                return Optional.empty();
            }
            Optional<VersionRow> target = before(handle, moves, name, suits);
            target.ifPresent(row -> {
                point(handle, name, alias, row.number(), now);
                var _ = endRollout(handle, name, alias, now);
                AuditLog.append(
                        handle,
                        new AuditLine(
                                0,
                                LOCAL,
                                SUPERVISION,
                                now,
                                AuditLine.ROLLBACK,
                                name.value(),
                                alias,
                                Long.toString(failed),
                                Long.toString(row.number()),
                                row.digest(),
                                AuditLine.DONE,
                                ""));
            });
            return target.map(VersionRow::number);
        });
    }

    private static boolean isAskedSince(AuditLine move, long to, Instant since) {
        return !move.principal().equals(SUPERVISION)
                && move.to().equals(Long.toString(to))
                && !move.at().isBefore(since);
    }

    @Override
    public AuditPage audit(long after, int most) {
        return database.snapshot(handle -> new AuditPage(AuditLog.after(handle, after, most), AuditLog.head(handle)));
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

    private static void point(Handle handle, ModelName name, String alias, long number, Instant now) {
        handle.createUpdate("""
                        INSERT INTO alias (tenant, name, alias, number, moved_at)
                        VALUES (:tenant, :name, :alias, :number, :now)
                        ON CONFLICT (tenant, name, alias) DO UPDATE SET number = excluded.number, moved_at = excluded.moved_at""")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("alias", alias)
                .bind("number", number)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    private static Optional<Long> aliased(Handle handle, ModelName name, String alias) {
        return handle.createQuery("SELECT number FROM alias WHERE tenant = :tenant AND name = :name AND alias = :alias")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("alias", alias)
                .mapTo(Long.class)
                .findOne();
    }

    private static VersionRow version(Handle handle, ModelName name, long number) {
        return found(handle, name, number)
                .orElseThrow(() -> new VersionNotFound(name + "@" + number + ": no such version"));
    }

    private static Optional<VersionRow> found(Handle handle, ModelName name, long number) {
        return handle.createQuery("SELECT * FROM version WHERE tenant = :tenant AND name = :name AND number = :number")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("number", number)
                .map((row, _) -> Rows.version(row))
                .findOne();
    }

    private static AuditLine line(Instant now, AliasChange move, Optional<Long> from, String digest, String result) {
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
                        digest)
                .ending(result);
    }

    private static AuditLine stateLine(Instant now, VersionRow before, State state) {
        return line(
                now,
                AuditLine.STATE,
                new ModelName(before.name()),
                Long.toString(before.number()),
                before.state().name(),
                state.name(),
                before.digest());
    }

    /// A line that is not numbered yet.
    private static AuditLine line(
            Instant now, String action, ModelName name, String subject, String from, String to, String digest) {
        return new AuditLine(0, LOCAL, LOCAL, now, action, name.value(), subject, from, to, digest, AuditLine.DONE, "");
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
