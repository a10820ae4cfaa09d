package dev.firstpass.registry.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.audit.AuditHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

/// One file in the data directory, which this process alone has open.
///
/// Thread-safe.
final class SqliteDatabase implements Database {
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int CONNECTIONS = 2;

    /// Of the schema that the migrations make. Changes with each of them.
    private static final String SCHEMA_SHA256 = "1829fc22e1e128506fd2f1570277666172b777a7a448db4b6af71cc7d4fb0eb8";

    /// What `PRAGMA integrity_check` says of values, and of indices.
    private static final Pattern OF_A_VALUE =
            Pattern.compile("^(CHECK constraint failed|NULL value|(non-)?[A-Z]+ value) in ");

    private static final Pattern OF_AN_INDEX = Pattern.compile(" index |^row [0-9]+ missing|^non-unique entry");

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Path directory;
    private final AuditMark mark;
    private final List<String> mended;
    private final LocalLocks locks = new LocalLocks();

    private SqliteDatabase(HikariDataSource pool, AuditMark mark, Path directory, List<String> mended) {
        this.mark = mark;
        this.mended = List.copyOf(mended);
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
        this.directory = directory;
    }

    /// As [Database#open].
    static SqliteDatabase open(DataDirectory data) {
        return open(data.database(), data.root());
    }

    /// The same of a file that lies anywhere.
    ///
    /// @param directory that it lies in, which it may have other files in
    static SqliteDatabase open(Path file, Path directory) {
        SQLiteDataSource source = source(file);
        try {
            migrate(source);
            requireSchema(source);
            List<String> mended = mendIndices(source);
            HikariDataSource pool = pool(source);
            return new SqliteDatabase(pool, mark(pool, directory), directory, mended);
        } catch (FlywayException e) {
            RuntimeException known = StorageFailures.of(e, directory);
            throw known instanceof RegistryException
                    ? known
                    : new DataUnusable("the registry's database is none that this release knows", e);
        } catch (SQLException e) {
            throw StorageFailures.of(new IllegalStateException(e), directory);
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

    /// The tables' definitions are text in the file, and a damaged name in them is found when it is used, at the latest.
    private static void requireSchema(SQLiteDataSource source) throws SQLException {
        String found = schemaDigest(source);
        if (!found.equals(SCHEMA_SHA256)) {
            throw damaged(new IllegalStateException("the schema's digest is " + found));
        }
    }

    /// SHA-256 of what defines the tables and indices, but for those that Flyway and SQLite make for themselves. Not of the
    /// triggers: who removed them to edit the audit is told of by the audit.
    private static String schemaDigest(SQLiteDataSource source) throws SQLException {
        MessageDigest sha256 = Sha256.begin();
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT type || ' ' || name || ' ' || tbl_name || ' ' || sql || char(10) FROM sqlite_schema
                        WHERE type IN ('table', 'index') AND sql IS NOT NULL AND tbl_name NOT LIKE 'flyway%' AND tbl_name NOT LIKE 'sqlite%'
                        ORDER BY type, name""")) {
            while (row.next()) {
                sha256.update(row.getString(1).getBytes(StandardCharsets.UTF_8));
            }
        }
        return Sha256.end(sha256);
    }

    /// Reads all pages, and holds the indices against their tables. Indices that are not what they must be are made anew; values
    /// that a table does not take are left to [TableCheck], which knows what they were.
    ///
    /// @return what was damaged, in words; empty if nothing was
    private static List<String> mendIndices(SQLiteDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA ignore_check_constraints = ON");
            Optional<String> problem = problem(statement);
            if (problem.isEmpty()) {
                return List.of();
            }
            if (OF_AN_INDEX.matcher(problem.get()).find()) {
                reindex(statement);
            }
            Optional<String> left = problem(statement);
            if (left.isPresent()) {
                throw damaged(new IllegalStateException(left.get()));
            }
            return List.of("an index of the database was damaged, and is made anew: " + problem.get());
        }
    }

    /// Keys that are no longer unique have no index: which row is the right one is not known.
    private static void reindex(Statement statement) throws SQLException {
        try {
            statement.execute("REINDEX");
        } catch (SQLException e) {
            if (StorageFailures.kind(e) == SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
                throw damaged(e);
            }
            throw e;
        }
    }

    private static Optional<String> problem(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
            while (row.next()) {
                String problem = row.getString(1);
                if (!problem.equals("ok") && !OF_A_VALUE.matcher(problem).find()) {
                    return Optional.of(problem);
                }
            }
        }
        return Optional.empty();
    }

    private static DataUnusable damaged(Exception cause) {
        return new DataUnusable("the registry's database is damaged (expected: a restored backup)", cause);
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
                    .locations("classpath:db/sqlite")
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
        // The log is deleted with the last connection; one that stays has its name settled once.
        config.setMaxLifetime(0);
        config.setRegisterMbeans(false);
        return new HikariDataSource(config);
    }

    /// Opens the mark, and makes its name durable and that of SQLite's log: SQLite syncs the directory itself when it begins
    /// one, but takes no notice of a failure.
    private static AuditMark mark(HikariDataSource pool, Path directory) {
        try {
            AuditMark mark = AuditMark.open(directory);
            Durable.syncDirectory(directory);
            return mark;
        } catch (IOException e) {
            pool.close();
            throw StorageFailures.of(e, directory);
        }
    }

    @Override
    public <T> T read(Function<Handle, T> query) {
        return guarded(() -> jdbi.withHandle(query::apply));
    }

    @Override
    public <T> T snapshot(Function<Handle, T> queries) {
        return change(queries);
    }

    @Override
    public <T> T change(Function<Handle, T> change) {
        AuditHead[] head = {AuditHead.START};
        T result = guarded(() -> jdbi.inTransaction(handle -> {
            T changed = change.apply(handle);
            head[0] = AuditLog.head(handle);
            return changed;
        }));
        mark.advance(head[0]);
        return result;
    }

    /// Holds the tables against the audit, and puts right what it can.
    Damage check() {
        try {
            Optional<AuditHead> marked = mark.head();
            Damage damage = change(handle -> TableCheck.run(handle, marked));
            mark.reset(read(AuditLog::head));
            List<String> found =
                    Stream.concat(mended.stream(), damage.found().stream()).toList();
            return new Damage(found, damage.lost(), damage.lostProjects());
        } catch (JdbiException | NumberFormatException e) {
            // The schema itself, or a value that is none of its kind.
            throw damaged(e);
        }
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw StorageFailures.of(e, directory);
        }
    }

    @Override
    public ContentLock lock(String digest) {
        return locks.lock(digest);
    }

    @Override
    public Optional<ContentLock> tryLock(String digest) {
        return locks.tryLock(digest);
    }

    @Override
    public void close() {
        pool.close();
        mark.close();
    }
}
