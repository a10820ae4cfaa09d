package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Opening the database of a shared registry, on a real PostgreSQL.
@ExtendWith(SharedServers.Given.class)
final class DatabaseTest {
    @TempDir
    private Path temp;

    private static String refusal(Class<? extends RegistryException> kind, Storage.Database address) {
        return assertThrows(kind, () -> PostgresDatabase.open(address, "test").close())
                .getMessage();
    }

    private static void execute(Storage.Database address, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(address.url(), "postgres", "postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void open_ofWhatIsOpen_isAtThisSchema(SharedServers servers) {
        Storage.Database address = servers.emptyDatabase();
        try (PostgresDatabase first = PostgresDatabase.open(address, "test");
                PostgresDatabase second = PostgresDatabase.open(address, "test")) {
            for (Database database : List.of(first, second)) {
                int schema = database.read(
                        handle -> handle.createQuery("SELECT max(version::integer) FROM flyway_schema_history")
                                .mapTo(Integer.class)
                                .one());
                assertEquals(Database.SCHEMA, schema);
            }
        }
    }

    @Test
    void open_ofANewerRelease_isRefused(SharedServers servers) throws SQLException {
        Storage.Database address = servers.emptyDatabase();
        PostgresDatabase.open(address, "test").close();
        execute(address, "UPDATE flyway_schema_history SET version = '99'");

        assertTrue(refusal(DataUnusable.class, address)
                .startsWith("the registry's database is of a newer release: schema 99"));
    }

    @Test
    void open_ofAnotherProgramsDatabase_isRefusedAndLeftAsItIs(SharedServers servers) throws SQLException {
        Storage.Database address = servers.emptyDatabase();
        execute(address, "CREATE TABLE theirs (a integer)");

        assertEquals("the registry's database is none that this release knows", refusal(DataUnusable.class, address));
        assertThrows(SQLException.class, () -> execute(address, "SELECT * FROM version"));
    }

    @Test
    void open_ofADatabaseThatIsNotThere_isRefused(SharedServers servers) {
        Storage.Database address = servers.emptyDatabase();

        assertEquals(
                "the registry's database does not exist",
                refusal(
                        DataUnusable.class,
                        new Storage.Database(address.url() + "x", address.user(), address.password())));
    }

    @Test
    void open_whereNobodyListens_isUnavailable() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }

        assertEquals(
                "the registry's database does not answer",
                refusal(
                        Unavailable.class,
                        new Storage.Database(
                                "jdbc:postgresql://127.0.0.1:" + port + "/x", Optional.of("x"), Optional.empty())));
    }

    @Test
    void dataDirectory_ofOneKindOfRegistry_isNotTakenForTheOther(SharedServers servers) {
        Storage.Shared shared = servers.fresh();
        Path own = temp.resolve("own");
        Path bound = temp.resolve("bound");
        Place.open(own, Storage.LOCAL, Instant::now).close();
        Place.open(bound, shared, Instant::now).close();

        assertThrows(
                DataUnusable.class, () -> Place.open(own, shared, Instant::now).close());
        assertThrows(
                DataUnusable.class,
                () -> Place.open(bound, Storage.LOCAL, Instant::now).close());
        Place.open(own, Storage.LOCAL, Instant::now).close();
        Place.open(bound, shared, Instant::now).close();
    }
}
