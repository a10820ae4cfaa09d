package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.store.MetadataStore.Contents;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// The audit as a feed: PostgreSQL tells at each commit that there is something, and it is looked at every time the wait
/// is over as well, since words can be lost. On a connection of its own, which is made anew after each failure: one of the
/// pool would come back late after the database was away.
final class PostgresFeed implements ChangeFeed {
    /// SQLSTATE of a connection that does not exist.
    private static final String CLOSED = "08003";

    private static final int MOST_LINES = 1000;

    /// After which a wait looks whether it is to end.
    private static final Duration SLICE = Duration.ofMillis(100);

    /// How long `close` waits for a call that is under way.
    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(2);

    private final PostgresDatabase database;
    private final String name;

    /// Held by a call under way, so that no sign of life comes after the farewell.
    private final ReentrantLock busy = new ReentrantLock();

    /// Written by the thread that reads, ended by whoever closes.
    private volatile Optional<Connection> connection = Optional.empty();

    private volatile boolean closed;

    /// @param database is not closed
    /// @param name of this server, for people
    PostgresFeed(PostgresDatabase database, String name) {
        this.database = database;
        this.name = name;
    }

    @Override
    public Changes next(long known, Duration most) {
        return attempt(() -> {
            Connection listening = connection.isPresent() ? awaited(connection.get(), most) : listening();
            return Jdbi.create(listening)
                    .inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> changes(handle, known));
        });
    }

    /// What is said is of no interest, only that something is.
    private Connection awaited(Connection listening, Duration most) throws SQLException {
        PGConnection words = listening.unwrap(PGConnection.class);
        for (long left = most.toMillis(); left > 0 && !closed; left -= SLICE.toMillis()) {
            PGNotification[] said = words.getNotifications((int) Math.min(left, SLICE.toMillis()));
            if (said != null && said.length > 0) {
                break;
            }
        }
        return listening;
    }

    private Connection listening() throws SQLException {
        Connection fresh = database.connectForFeed();
        connection = Optional.of(fresh);
        try (Statement statement = fresh.createStatement()) {
            statement.execute("LISTEN firstpass");
        }
        return fresh;
    }

    private Changes changes(Handle handle, long known) {
        List<AuditLine> lines = new ArrayList<>();
        long end = known;
        for (boolean more = true; more; ) {
            List<AuditLine> page = AuditLog.after(handle, end, MOST_LINES);
            more = page.size() == MOST_LINES;
            end = page.isEmpty() ? end : page.getLast().id();
            lines.addAll(page);
        }
        // Also of its own lines: of a change whose answer got lost this is all that is heard.
        Map<ModelName, Contents> contents = new LinkedHashMap<>();
        for (AuditLine line : lines) {
            contents.computeIfAbsent(
                    new ModelName(new Tenant(line.tenant()), line.name()),
                    model -> SqlMetadata.contents(handle, model));
        }
        if (!lines.isEmpty()) {
            List<Long> own = handle.createQuery("SELECT id FROM audit WHERE id > :known AND origin = :self")
                    .bind("known", known)
                    .bind("self", database.server())
                    .mapTo(Long.class)
                    .list();
            lines.removeIf(line -> own.contains(line.id()));
        }
        return new Changes(lines, contents, end, wishes(handle), others(handle));
    }

    /// One of an earlier release does not say what it has in memory.
    private List<Replica> others(Handle handle) {
        return handle.createQuery("SELECT name, residency FROM server WHERE id <> :self AND residency IS NOT NULL AND "
                        + PostgresReplicas.IS_LIVE + " ORDER BY name, id")
                .bind("self", database.server())
                .map((row, _) -> new Replica(row.getString("name"), ResidencyText.read(row.getString("residency"))))
                .list();
    }

    private List<Wish> wishes(Handle handle) {
        return handle.createQuery("""
                        SELECT id, tenant, name, number FROM wish
                        WHERE origin <> :self AND NOT EXISTS
                            (SELECT 1 FROM wish_answer WHERE wish = id AND server = :self)
                        ORDER BY id""")
                .bind("self", database.server())
                .map((row, _) ->
                        new Wish(row.getLong("id"), new ModelRef.Numbered(Rows.model(row), row.getLong("number"))))
                .list();
    }

    @Override
    public void beat(long known, Map<ModelRef.Numbered, Residency> residency) {
        var _ = attempt(() -> Jdbi.create(connection.orElseThrow(() -> new SQLException("not connected", CLOSED)))
                .withHandle(handle -> handle.createUpdate("""
                                INSERT INTO server (id, name, seen_at, known, residency)
                                VALUES (:id, :name, now(), :known, :residency)
                                ON CONFLICT (id) DO UPDATE
                                SET name = excluded.name, seen_at = excluded.seen_at, known = excluded.known,
                                    residency = excluded.residency""")
                        .bind("id", database.server())
                        .bind("name", name)
                        .bind("known", known)
                        .bind("residency", ResidencyText.of(residency))
                        .execute()));
    }

    private void awaitIdle() {
        try {
            if (busy.tryLock(LONGEST_FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                busy.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Attempt<T> {
        T run() throws SQLException;
    }

    private <T> T attempt(Attempt<T> attempt) {
        busy.lock();
        try {
            if (closed) {
                throw new SQLException("closed", CLOSED);
            }
            return attempt.run();
        } catch (SQLException | RuntimeException e) {
            connection.ifPresent(PostgresFeed::abort);
            connection = Optional.empty();
            RuntimeException failure = e instanceof RuntimeException known ? known : new IllegalStateException(e);
            throw closed ? new Unavailable("the registry is closed", failure) : PostgresFailures.of(failure);
        } finally {
            busy.unlock();
        }
    }

    /// Also where the other end is silent, and would not answer to a farewell.
    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException _) {
            // It is gone, which is what was wanted.
        }
    }

    @Override
    public void close() {
        closed = true;
        awaitIdle();
        connection.ifPresent(PostgresFeed::abort);
        try {
            var _ = database.read(handle -> handle.createUpdate("DELETE FROM server WHERE id = :id")
                    .bind("id", database.server())
                    .execute());
        } catch (RegistryException _) {
            // The others will miss the sign of life.
        }
    }
}
