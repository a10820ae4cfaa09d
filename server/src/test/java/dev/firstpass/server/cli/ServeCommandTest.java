package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    Path data = Path.of("");

    @Test
    void serve_whenReady_printsOneLine() {
        CommandRun run = CommandRun.of(parts, "serve", "--data", data.toString(), "--exit-when-ready");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals("ready http://127.0.0.1:8080/\n", run.out());
        assertTrue(parts.serverClosed);
    }

    @Test
    void serve_afterItsEnd_leavesNoServerFile() throws IOException {
        CommandRun.of(parts, "serve", "--data", data.toString(), "--exit-when-ready");

        try (var files = Files.list(data)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void options_asTyped_reachTheServer() {
        CommandRun.of(
                parts,
                ("serve --data " + data + " --host ::1 --port 1 --admin-port 2 --grpc-port 3 --model-name weeds"
                                + " --isolation in-process --sandbox best-effort --insecure --exit-when-ready")
                        .split(" "));

        assertEquals(
                new ServeOptions(
                        Optional.empty(),
                        data,
                        Optional.of("::1"),
                        Optional.of(1),
                        Optional.of(2),
                        Optional.of(3),
                        Optional.empty(),
                        Optional.of("weeds"),
                        Optional.of(ServeOptions.Isolation.IN_PROCESS),
                        Optional.of(ServeOptions.Sandbox.BEST_EFFORT),
                        true),
                parts.started.getFirst());
    }

    @Test
    void dataDirectory_withoutOption_comesFromTheEnvironment() {
        Map<String, String> environment = Map.of("FIRSTPASS_DATA", data.toString());

        CommandRun.of(parts, environment, "serve", "--exit-when-ready");

        assertEquals(data, parts.started.getFirst().data());
    }

    @Test
    void nothing_onTheCommandLine_staysUndecided() {
        CommandRun.of(parts, "serve", "--data", data.toString(), "--exit-when-ready");

        ServeOptions options = parts.started.getFirst();
        assertEquals(Optional.empty(), options.port());
        assertFalse(options.insecure());
    }
}
