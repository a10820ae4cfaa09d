package dev.firstpass.registry.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// One file in the data directory, which this process alone has open.
///
/// Thread-safe.
final class SqliteDatabase implements Database {
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int CONNECTIONS = 2;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Path directory;
    private final LocalLocks locks = new LocalLocks();

    private SqliteDatabase(HikariDataSource pool, Path directory) {
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
            return new SqliteDatabase(pool(source), directory);
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
        config.setRegisterMbeans(false);
        return new HikariDataSource(config);
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
        return guarded(() -> jdbi.inTransaction(change::apply));
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
    }
}
