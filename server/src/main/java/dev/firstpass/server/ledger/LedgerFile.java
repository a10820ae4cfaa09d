package dev.firstpass.server.ledger;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/// The ledger's database, as its writer has it open. A group of predictions is one transaction, on the disk when it
/// returns.
///
/// For one thread, which closes it.
final class LedgerFile implements AutoCloseable {
    /// The number that its schema has in the database.
    private static final int SCHEMA = 1;

    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int LOG_BYTES = 16 << 20;

    /// Most rows that one pruning deletes, so that the writer is soon back. More than a group has.
    private static final int PRUNED_AT_ONCE = 20_000;

    private static final List<String> CREATE =
            List.of("""
            CREATE TABLE version (
                id     INTEGER PRIMARY KEY,
                name   TEXT    NOT NULL,
                number INTEGER NOT NULL,
                digest BLOB    NOT NULL,
                UNIQUE (name, number, digest)
            ) STRICT""", """
            CREATE TABLE prediction (
                sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
                id            BLOB    NOT NULL UNIQUE,
                at            INTEGER NOT NULL,
                tenant        TEXT    NOT NULL,
                -- Empty where the caller gave none.
                asset_id      TEXT    NOT NULL,
                asset_digest  BLOB    NOT NULL,
                version       INTEGER NOT NULL REFERENCES version (id),
                arm           TEXT    NOT NULL,
                spec          TEXT    NOT NULL,
                labels        INTEGER NOT NULL,
                labels_digest BLOB    NOT NULL,
                micros        INTEGER NOT NULL
            ) STRICT""", "CREATE INDEX prediction_by_version ON prediction (version)", "PRAGMA user_version = 1");

    /// What was added since, which releases before it keep up without knowing of it. Where there is one tenant, it is empty.
    private static final String BY_TENANT =
            "CREATE INDEX IF NOT EXISTS prediction_by_tenant ON prediction (tenant) WHERE tenant <> 'local'";

    private final Connection connection;
    private final Map<VersionKey, Long> versions = new HashMap<>();

    private record VersionKey(String name, long number, String digest) {}

    private LedgerFile(Connection connection) {
        this.connection = connection;
    }

    /// Opens it, or makes it.
    ///
    /// @throws SQLException if that cannot be; nothing is left open
    static LedgerFile open(Path path) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setJournalSizeLimit(LOG_BYTES);
        Connection connection = config.createConnection("jdbc:sqlite:" + path);
        try {
            LedgerFile file = new LedgerFile(connection);
            file.prepare();
            return file;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private void prepare() throws SQLException {
        long found = number("PRAGMA user_version");
        if (found > SCHEMA) {
            throw new SQLException("the ledger is of a newer release: schema " + found + " (expected: " + SCHEMA + ")");
        }
        connection.setAutoCommit(false);
        if (found == 0) {
            for (String statement : CREATE) {
                execute(statement);
            }
        }
        execute(BY_TENANT);
        connection.commit();
    }

    /// Whether a failure means that the file itself is damaged, or none of a ledger.
    static boolean isDamage(SQLException failure) {
        int code = failure.getErrorCode() & 0xFF;
        return code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    /// For reading alone, on any thread; the caller closes it.
    static Connection reader(Path path) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        return config.createConnection("jdbc:sqlite:" + path);
    }

    /// Whether something was ever written.
    static boolean exists(Path path) {
        return Files.isRegularFile(path);
    }

    /// Writes a group, all of it or nothing. What is there already, since a commit failed that was none the less made,
    /// is not written again.
    void write(List<Prediction> group) throws SQLException {
        try {
            insert(group);
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            versions.clear();
            connection.rollback();
            throw e;
        }
    }

    private void insert(List<Prediction> group) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO prediction (id, at, tenant, asset_id, asset_digest, version, arm, spec, labels,
                    labels_digest, micros)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING""")) {
            for (Prediction prediction : group) {
                insert.setBytes(1, Bytes.of(prediction.id()));
                insert.setLong(2, prediction.at().toEpochMilli());
                insert.setString(3, prediction.tenant());
                insert.setString(4, prediction.assetId().equals(prediction.assetDigest()) ? "" : prediction.assetId());
                insert.setBytes(5, Bytes.ofDigest(prediction.assetDigest()));
                insert.setLong(6, version(prediction));
                insert.setString(7, prediction.arm().id());
                insert.setString(8, prediction.spec());
                insert.setInt(9, prediction.labels());
                insert.setBytes(10, Bytes.ofDigest(prediction.labelsDigest()));
                insert.setLong(11, prediction.latencyNanos() / 1000);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private long version(Prediction prediction) throws SQLException {
        VersionKey key = new VersionKey(prediction.model(), prediction.version(), prediction.versionDigest());
        Long known = versions.get(key);
        if (known != null) {
            return known;
        }
        long id = added(key);
        versions.put(key, id);
        return id;
    }

    private long added(VersionKey key) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO version (name, number, digest) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET name = excluded.name RETURNING id""")) {
            insert.setString(1, key.name);
            insert.setLong(2, key.number);
            insert.setBytes(3, Bytes.ofDigest(key.digest));
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /// Deletes the oldest predictions that are over the limits, a good many at a time. Their room in the file is used again;
    /// the file does not shrink.
    ///
    /// @return whether there may be more to delete
    boolean prune(LedgerLimits limits, Instant now) throws SQLException {
        try {
            long oldest = number("SELECT coalesce(min(sequence), 0) FROM prediction");
            long newest = number("SELECT coalesce(max(sequence), 0) FROM prediction");
            long doomed = Math.max(
                    Math.max(newest - limits.maxPredictions(), expired(now.minus(limits.maxAge()))),
                    tooLarge(limits.maxBytes(), oldest, newest));
            long upTo = Math.min(doomed, oldest + PRUNED_AT_ONCE - 1);
            if (newest > 0 && doomed >= oldest) {
                execute("DELETE FROM prediction WHERE sequence <= " + upTo);
            }
            connection.commit();
            return upTo < doomed;
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        }
    }

    /// The last of the predictions at the ledger's beginning that are older than that; 0 if there is none.
    private long expired(Instant than) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT coalesce(
                    (SELECT sequence - 1 FROM prediction WHERE at >= ? ORDER BY sequence LIMIT 1),
                    (SELECT max(sequence) FROM prediction),
                    0)""")) {
            query.setLong(1, than.toEpochMilli());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /// The last of the predictions that must go for the rest to have room; 0 if all have.
    private long tooLarge(long maxBytes, long oldest, long newest) throws SQLException {
        long pages = number("PRAGMA page_count");
        long used = pages - number("PRAGMA freelist_count");
        long allowed = Math.max(1, maxBytes / number("PRAGMA page_size"));
        if (used <= allowed || newest == 0) {
            return 0;
        }
        long rows = newest - oldest + 1;
        return oldest - 1 + Math.max(1, rows * (used - allowed) / used);
    }

    private long number(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private void execute(String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
