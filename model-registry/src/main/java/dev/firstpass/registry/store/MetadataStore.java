package dev.firstpass.registry.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// Versions and aliases in SQLite. Each change is one transaction that also writes the audit, and is on the disk
/// when the method returns.
///
/// Thread-safe; writers wait for each other.
final class MetadataStore implements AutoCloseable {
    /// The number of the last migration.
    static final int SCHEMA = 5;

    /// Whose models they are and who acts, until there is authentication.
    private static final String LOCAL = "local";

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

    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int CONNECTIONS = 2;

    record VersionRow(
            String name,
            long number,
            String digest,
            String manifest,
            State state,
            String reason,
            Instant registeredAt) {}

    record AliasRow(String name, String alias, long number) {}

    record RolloutRow(String name, String alias, Rollout rollout) {}

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Path directory;

    private MetadataStore(HikariDataSource pool, Path directory) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
        this.directory = directory;
    }

    /// Opens or creates the database, and brings it to this release's schema.
    ///
    /// @throws DataUnusable if it is damaged, not a registry's, or of a newer release
    static MetadataStore open(DataDirectory data) {
        SQLiteDataSource source = source(data.database());
        try {
            migrate(source);
            return new MetadataStore(pool(source), data.root());
        } catch (FlywayException e) {
            RuntimeException known = StorageFailures.of(e, data.root());
            throw known instanceof RegistryException
                    ? known
                    : new DataUnusable("the registry's database is none that this release knows", e);
        } catch (SQLException e) {
            throw StorageFailures.of(new IllegalStateException(e), data.root());
        }
    }

    private static SQLiteDataSource source(Path database) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        // A transaction that reads first and then writes would fail at once if another one wrote in between.
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + database);
        return source;
    }

    /// Runs Flyway only where there is something to do, since its start takes longer than all the rest.
    private static void migrate(SQLiteDataSource source) throws SQLException {
        int found = schema(source);
        if (found > SCHEMA) {
            throw new DataUnusable(
                    "the data directory is of a newer release: schema " + found + " (expected: at most " + SCHEMA + ")",
                    new IllegalStateException("user_version " + found));
        }
        if (found < SCHEMA) {
            Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .javaMigrations(new AuditChainMigration())
                    .loggers("slf4j")
                    .load()
                    .migrate();
        }
    }

    private static int schema(SQLiteDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA user_version")) {
            return result.next() ? result.getInt(1) : 0;
        }
    }

    private static HikariDataSource pool(SQLiteDataSource source) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("registry");
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setRegisterMbeans(false);
        return new HikariDataSource(config);
    }

    List<VersionRow> versions() {
        return read(handle -> handle.createQuery("SELECT * FROM version WHERE tenant = :tenant ORDER BY name, number")
                .bind("tenant", LOCAL)
                .map((row, _) -> version(row))
                .list());
    }

    List<VersionRow> versions(ModelName name) {
        return read(handle -> handle.createQuery(
                        "SELECT * FROM version WHERE tenant = :tenant AND name = :name ORDER BY number")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .map((row, _) -> version(row))
                .list());
    }

    List<AliasRow> aliases() {
        return read(handle -> handle.createQuery("SELECT * FROM alias WHERE tenant = :tenant ORDER BY name, alias")
                .bind("tenant", LOCAL)
                .map((row, _) -> alias(row))
                .list());
    }

    List<AliasRow> aliases(ModelName name) {
        return read(handle -> handle.createQuery("SELECT * FROM alias WHERE tenant = :tenant AND name = :name")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .map((row, _) -> alias(row))
                .list());
    }

    List<RolloutRow> rollouts() {
        return read(handle -> handle.createQuery(ROLLOUTS + " ORDER BY alias.name, alias.alias")
                .bind("tenant", LOCAL)
                .map((row, _) -> rollout(row))
                .list());
    }

    List<RolloutRow> rollouts(ModelName name) {
        return read(handle -> handle.createQuery(ROLLOUTS + " AND alias.name = :name")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .map((row, _) -> rollout(row))
                .list());
    }

    /// Splits an alias' requests, or copies them, in one transaction.
    ///
    /// @throws VersionNotFound if there is no such alias, or no version that the canary or the shadow names
    /// @throws PreconditionFailed if that is not AVAILABLE, or is what the alias names
    void rollOut(ModelName name, String alias, Rollout rollout, Instant now) {
        change(handle -> {
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

    /// Ends the canary of an alias, in one transaction, without anybody having asked for it; a shadow stays. Nothing
    /// happens if it is not the canary, any more.
    ///
    /// @param why for the audit
    /// @return whether it was
    boolean stopCanary(ModelName name, String alias, long canary, String why, Instant now) {
        return change(handle -> {
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

    /// Ends a rollout, in one transaction.
    ///
    /// @return whether there was one
    boolean endRollout(ModelName name, String alias, Instant now) {
        return change(handle -> endRollout(handle, name, alias, now));
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
                .map((row, _) -> rollout(row).rollout())
                .findOne();
    }

    private static RolloutRow rollout(ResultSet row) throws SQLException {
        return new RolloutRow(
                row.getString("name"),
                row.getString("alias"),
                new Rollout(
                        number(row, "canary"),
                        row.getInt("percent"),
                        number(row, "shadow"),
                        row.getInt("shadow_percent")));
    }

    private static OptionalLong number(ResultSet row, String column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(number);
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

    /// Whether any tenant's version has this content.
    boolean isKnown(String digest) {
        return read(handle -> handle.createQuery("SELECT EXISTS (SELECT 1 FROM version WHERE digest = :digest)")
                .bind("digest", digest)
                .mapTo(Boolean.class)
                .one());
    }

    /// Adds a version in state REGISTERED, and its model if it is the first.
    ///
    /// @return its number: one more than any that the model ever had
    long add(ModelName name, String digest, String manifest, Instant now) {
        return change(handle -> {
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
        });
    }

    /// Puts a version into another state; nothing happens if it is in it already.
    ///
    /// @param firstAlias alias that a model without it gets when `state` is AVAILABLE
    /// @param reason why it is FAILED or CORRUPT; empty otherwise
    /// @return whether the alias was given
    boolean setState(ModelName name, long number, State state, String reason, String firstAlias, Instant now) {
        return change(handle -> {
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

    /// Versions whose validation a crash cut off are only registered.
    void resetInterrupted() {
        change(handle -> handle.createUpdate("UPDATE version SET state = 'REGISTERED' WHERE state = 'VALIDATING'")
                .execute());
    }

    /// Makes a version RETIRED in one transaction; nothing happens if it is already.
    ///
    /// @throws VersionNotFound if there is none of that number
    /// @throws InUse if an alias names it, or it is being validated
    void retire(ModelName name, long number, Instant now) {
        change(handle -> {
            VersionRow before = version(handle, name, number);
            requireUnused(handle, before);
            if (before.state() != State.RETIRED) {
                setState(handle, before, State.RETIRED, "", now);
            }
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
                .map((row, _) -> rollout(row).rollout())
                .list();
        OptionalLong number = OptionalLong.of(version.number());
        if (rollouts.stream().anyMatch(rollout -> rollout.canary().equals(number))) {
            throw new InUse(ref + " is a canary (expected: no rollout)");
        }
        if (rollouts.stream().anyMatch(rollout -> rollout.shadow().equals(number))) {
            throw new InUse(ref + " is a shadow (expected: no rollout)");
        }
    }

    /// Compares and sets in one transaction.
    ///
    /// @throws VersionNotFound if there is no version that it shall name
    /// @throws PreconditionFailed if that is not AVAILABLE, or the alias is not as expected
    void moveAlias(AliasChange move, Instant now) {
        change(handle -> {
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

    /// Writes down that a move was refused.
    void refused(AliasChange move, String why, Instant now) {
        change(handle -> {
            AuditLog.append(
                    handle, line(now, move, aliased(handle, move.name(), move.alias()), "", AuditLine.REFUSED + why));
            return move.to();
        });
    }

    /// Writes down that a version was not retired.
    void retireRefused(ModelName name, long number, String why, Instant now) {
        change(handle -> {
            VersionRow before = version(handle, name, number);
            AuditLog.append(handle, stateLine(now, before, State.RETIRED).ending(AuditLine.REFUSED + why));
            return number;
        });
    }

    /// The version that an alias named before the present one, or else one before that: the last of them that is
    /// AVAILABLE and suits.
    Optional<Long> before(ModelName name, String alias, Predicate<Long> suits) {
        return read(handle -> before(handle, AuditLog.moves(handle, LOCAL, name, alias), name, suits)
                .map(VersionRow::number));
    }

    private static Optional<VersionRow> before(
            Handle handle, List<AuditLine> moves, ModelName name, Predicate<Long> suits) {
        return AliasHistory.of(moves).before().stream()
                .filter(suits)
                .map(number -> version(handle, name, number))
                .filter(row -> row.state() == State.AVAILABLE)
                .findFirst();
    }

    /// Gives an alias back to the version that had it before `failed`, or to one before that, in one transaction: the
    /// last of them that is AVAILABLE and suits. A version that got it in this way itself keeps it.
    ///
    /// @param since nothing happens if `failed` got the alias before that
    /// @return the version that it names now; empty if nothing was changed
    Optional<Long> rollBack(
            ModelName name, String alias, long failed, Instant since, Predicate<Long> suits, Instant now) {
        return change(handle -> {
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

    /// @param most lines
    AuditPage audit(long after, int most) {
        return read(handle ->
                handle.inTransaction(_ -> new AuditPage(AuditLog.after(handle, after, most), AuditLog.head(handle))));
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
                        ON CONFLICT DO UPDATE SET number = excluded.number, moved_at = excluded.moved_at""")
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
        return handle.createQuery("SELECT * FROM version WHERE tenant = :tenant AND name = :name AND number = :number")
                .bind("tenant", LOCAL)
                .bind("name", name.value())
                .bind("number", number)
                .map((row, _) -> version(row))
                .findOne()
                .orElseThrow(() -> new VersionNotFound(name + "@" + number + ": no such version"));
    }

    private static VersionRow version(ResultSet row) throws SQLException {
        return new VersionRow(
                row.getString("name"),
                row.getLong("number"),
                row.getString("digest"),
                row.getString("manifest"),
                State.valueOf(row.getString("state")),
                row.getString("reason"),
                Instant.ofEpochMilli(row.getLong("registered_at")));
    }

    private static AliasRow alias(ResultSet row) throws SQLException {
        return new AliasRow(row.getString("name"), row.getString("alias"), row.getLong("number"));
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

    private <T> T read(Function<Handle, T> query) {
        try {
            return jdbi.withHandle(query::apply);
        } catch (RuntimeException e) {
            throw StorageFailures.of(e, directory);
        }
    }

    private <T> T change(Function<Handle, T> change) {
        try {
            return jdbi.inTransaction(change::apply);
        } catch (RuntimeException e) {
            throw StorageFailures.of(e, directory);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
