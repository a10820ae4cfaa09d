package dev.firstpass.registry.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Storage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.postgresql.ds.PGSimpleDataSource;

/// A PostgreSQL database that several servers share.
///
/// A change holds an advisory lock until its commit, so that changes are made one after the other, and the audit's numbers
/// grow in the order of the commits. Every wait has an end: for a connection, for an answer, for a lock.
///
/// Thread-safe.
final class PostgresDatabase implements Database {
    private static final int CONNECTIONS = 8;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(3);

    /// Of one statement, on this side; the server's own limits are a little shorter, and so come first.
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);

    /// Shorter, so that a server notices soon that the database is back.
    private static final Duration FEED_CONNECT_LIMIT = Duration.ofSeconds(1);

    private static final Duration FEED_ANSWER_LIMIT = Duration.ofSeconds(5);

    /// The server drops the locks of a client whose machine is gone after half a minute.
    private static final String SESSION = "-c statement_timeout=12s -c lock_timeout=10s"
            + " -c idle_in_transaction_session_timeout=30s"
            + " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4";

    private static final String ONE_WRITER = "SELECT pg_advisory_xact_lock(hashtextextended('firstpass writer', 0))";
    private static final String LOCK = "SELECT pg_advisory_lock(hashtextextended('firstpass ' || ?, 0))";
    private static final String TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('firstpass ' || ?, 0))";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final PGSimpleDataSource source;
    private final PGSimpleDataSource feedSource;
    private final String server;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final LocalLocks locks = new LocalLocks();

    private PostgresDatabase(
            PGSimpleDataSource source, PGSimpleDataSource feedSource, String server, HikariDataSource pool) {
        this.source = source;
        this.feedSource = feedSource;
        this.server = server;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    /// As [Database#open].
    ///
    /// @param server what this server is told apart from others by: letters, digits, `-`
    static PostgresDatabase open(Storage.Database address, String server) {
        PGSimpleDataSource source = source(address, server, CONNECT_LIMIT, ANSWER_LIMIT);
        PGSimpleDataSource feedSource = source(address, server, FEED_CONNECT_LIMIT, FEED_ANSWER_LIMIT);
        try {
            migrate(source, address);
            return new PostgresDatabase(source, feedSource, server, pool(source));
        } catch (FlywayException e) {
            RuntimeException known = PostgresFailures.of(e);
            throw known instanceof RegistryException
                    ? known
                    : new DataUnusable("the registry's database is none that this release knows", e);
        } catch (SQLException e) {
            throw PostgresFailures.of(new IllegalStateException(e));
        }
    }

    /// Opens a database that is there and of this release's schema, and leaves it as it is.
    ///
    /// @param server as for `open`
    /// @throws DataUnusable if it is empty, of another release, or refuses us
    static PostgresDatabase existing(Storage.Database address, String server) {
        PGSimpleDataSource source = source(address, server, CONNECT_LIMIT, ANSWER_LIMIT);
        try {
            int found = schema(source);
            if (found != SCHEMA) {
                throw Backup.unusable("the registry's database has schema " + found + " (expected: " + SCHEMA
                        + ", which a server of this release brings it to when it starts)");
            }
            return new PostgresDatabase(source, source, server, pool(source));
        } catch (SQLException e) {
            throw PostgresFailures.of(new IllegalStateException(e));
        }
    }

    private static PGSimpleDataSource source(
            Storage.Database address, String server, Duration connectLimit, Duration answerLimit) {
        PGSimpleDataSource source = plainSource(address);
        source.setConnectTimeout((int) connectLimit.toSeconds());
        source.setLoginTimeout((int) connectLimit.toSeconds());
        source.setSocketTimeout((int) answerLimit.toSeconds());
        source.setOptions(SESSION + " -c firstpass.server=" + server);
        return source;
    }

    private static PGSimpleDataSource plainSource(Storage.Database address) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(address.url());
        address.user().ifPresent(source::setUser);
        address.password().ifPresent(password -> source.setPassword(password.value()));
        source.setApplicationName("firstpass");
        source.setConnectTimeout((int) CONNECT_LIMIT.toSeconds());
        source.setLoginTimeout((int) CONNECT_LIMIT.toSeconds());
        source.setTcpKeepAlive(true);
        return source;
    }

    /// As SQLite's. A migration may take its time.
    private static void migrate(PGSimpleDataSource source, Storage.Database address) throws SQLException {
        int found = schema(source);
        if (found > SCHEMA) {
            throw new DataUnusable(
                    "the registry's database is of a newer release: schema " + found + " (expected: at most " + SCHEMA
                            + ")",
                    new IllegalStateException("schema " + found));
        }
        if (found < SCHEMA) {
            Flyway.configure()
                    .dataSource(plainSource(address))
                    .locations("classpath:db/postgresql")
                    .loggers("slf4j")
                    .load()
                    .migrate();
        }
    }

    private static int schema(PGSimpleDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet there = statement.executeQuery("SELECT to_regclass('flyway_schema_history') IS NOT NULL")) {
                if (!there.next() || !there.getBoolean(1)) {
                    return 0;
                }
            }
            try (ResultSet last = statement.executeQuery(
                    "SELECT coalesce(max(version::integer), 0) FROM flyway_schema_history WHERE success")) {
                return last.next() ? last.getInt(1) : 0;
            }
        }
    }

    private static HikariDataSource pool(PGSimpleDataSource source) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("registry");
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(CONNECT_LIMIT.toMillis());
        config.setValidationTimeout(CONNECT_LIMIT.toMillis() / 2);
        config.setKeepaliveTime(Duration.ofSeconds(30).toMillis());
        config.setRegisterMbeans(false);
        return new HikariDataSource(config);
    }

    @Override
    public <T> T read(Function<Handle, T> query) {
        return guarded(() -> jdbi.withHandle(query::apply));
    }

    @Override
    public <T> T snapshot(Function<Handle, T> queries) {
        return guarded(() -> jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, queries::apply));
    }

    @Override
    public <T> T change(Function<Handle, T> change) {
        return guarded(() -> jdbi.inTransaction(TransactionIsolationLevel.READ_COMMITTED, handle -> {
            handle.execute(ONE_WRITER);
            return change.apply(handle);
        }));
    }

    private static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw PostgresFailures.of(e);
        }
    }

    /// The wait is on this side as long as another thread here has the lock, so that few connections wait.
    @Override
    public ContentLock lock(String digest) {
        ContentLock local = locks.lock(digest);
        try {
            Connection connection = guarded(() -> locked(digest));
            return () -> release(connection, local);
        } catch (RuntimeException | Error e) {
            local.close();
            throw e;
        }
    }

    @Override
    public Optional<ContentLock> tryLock(String digest) {
        Optional<ContentLock> local = locks.tryLock(digest);
        if (local.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<Connection> connection = guarded(() -> lockedAtOnce(digest));
            if (connection.isEmpty()) {
                local.get().close();
            }
            return connection.map(held -> () -> release(held, local.get()));
        } catch (RuntimeException | Error e) {
            local.get().close();
            throw e;
        }
    }

    /// A connection of its own that has the lock until it is closed: one of the pool would be missed by those who need it.
    private Connection locked(String digest) {
        Connection connection = connect();
        try {
            await(connection, digest);
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw new IllegalStateException(e);
        }
    }

    /// Waits in turns that are shorter than the time an answer may take.
    private static void await(Connection connection, String digest) throws SQLException {
        while (true) {
            try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
                statement.setString(1, digest);
                statement.execute();
                return;
            } catch (SQLException e) {
                if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private Optional<Connection> lockedAtOnce(String digest) {
        Connection connection = connect();
        try (PreparedStatement statement = connection.prepareStatement(TRY_LOCK)) {
            statement.setString(1, digest);
            try (ResultSet got = statement.executeQuery()) {
                if (got.next() && got.getBoolean(1)) {
                    return Optional.of(connection);
                }
            }
            closeQuietly(connection);
            return Optional.empty();
        } catch (SQLException e) {
            closeQuietly(connection);
            throw new IllegalStateException(e);
        }
    }

    /// Said in words: a server hears of a connection's end only some time after it.
    private static void release(Connection connection, ContentLock local) {
        try (connection;
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_unlock_all()");
        } catch (SQLException _) {
            // The server ends the connection, and its locks, when it notices that nobody is there.
        } finally {
            local.close();
        }
    }

    private Connection connect() {
        try {
            return source.getConnection();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What this server is told apart from others by.
    String server() {
        return server;
    }

    /// A connection that the caller closes.
    Connection connectForFeed() throws SQLException {
        return feedSource.getConnection();
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException _) {
            // The server ends it, and its locks, when it notices that nobody is there.
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
