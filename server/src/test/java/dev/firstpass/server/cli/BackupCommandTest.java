package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.ledger.PredictionLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands around the copies; what copies hold is tested with the registry.
final class BackupCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    private CommandRun run(String command, Path directory, Path data, String... more) {
        String[] arguments = new String[4 + more.length];
        arguments[0] = command;
        arguments[1] = directory.toString();
        arguments[2] = "--data";
        arguments[3] = data.toString();
        System.arraycopy(more, 0, arguments, 4, more.length);
        return CommandRun.of(parts, arguments);
    }

    @Test
    void backup_ofARegistryInUse_isRestoredIntoAnEmptyDirectory() throws IOException {
        Path copy = folder.resolve("copy");
        CommandRun written;
        try (ModelRegistry _ = ServerRuntime.openRegistry(folder.resolve("data"), RegistrySettings.LOCAL)) {
            written = run("backup", copy, folder.resolve("data"), "--json");
        }
        assertEquals(ExitCode.OK, written.exitCode(), written.err());
        JsonNode json = written.json();
        assertEquals(copy.toString(), json.path("directory").asText());
        assertEquals(0, json.path("versions").asInt());
        assertTrue(json.path("schema").asInt() >= 3);
        assertTrue(json.path("damaged").isArray());

        CommandRun restored = run("restore", copy, folder.resolve("fresh"));
        assertEquals(ExitCode.OK, restored.exitCode(), restored.err());
        assertEquals("restored into " + folder.resolve("fresh") + ": 0 versions, 0 bytes\n", restored.out());
        ServerRuntime.openRegistry(folder.resolve("fresh"), RegistrySettings.LOCAL)
                .close();
    }

    @Test
    void backup_withALedger_copiesItUnlessItShallNot() throws SQLException {
        ServerRuntime.openRegistry(folder.resolve("data"), RegistrySettings.LOCAL)
                .close();
        Path ledger = folder.resolve("data").resolve(PredictionLedger.FILE);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + ledger);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE prediction (id INTEGER PRIMARY KEY)");
        }
        assertEquals(
                ExitCode.OK,
                run("backup", folder.resolve("with"), folder.resolve("data")).exitCode());
        assertTrue(Files.exists(folder.resolve("with").resolve(PredictionLedger.FILE)));

        CommandRun without = run("backup", folder.resolve("out"), folder.resolve("data"), "--without-predictions");
        assertEquals(ExitCode.OK, without.exitCode(), without.err());
        assertFalse(Files.exists(folder.resolve("out").resolve(PredictionLedger.FILE)));
    }

    @Test
    void backup_whereThereIsNoRegistry_saysSo() {
        CommandRun run = run("backup", folder.resolve("copy"), folder.resolve("none"));

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().startsWith("firstpass backup: there is no registry.db to copy"), run.err());
        assertFalse(Files.exists(folder.resolve("none")));
    }

    @Test
    void restore_ofNoBackup_isRefused() {
        CommandRun absent = run("restore", folder.resolve("absent"), folder.resolve("fresh"));
        CommandRun empty = run("restore", folder, folder.resolve("fresh"));

        assertTrue(absent.err().startsWith("firstpass restore: no such file: "), absent.err());
        assertEquals(ExitCode.FAILED, empty.exitCode());
        assertTrue(empty.err().startsWith("firstpass restore: the backup is incomplete, or none"), empty.err());
    }
}
