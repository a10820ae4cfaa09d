package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.DeviceChoice;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.runtime.engine.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
                ("serve --data " + data + " --host ::1 --port 1 --admin-port 2 --grpc-port 3 --model-dir " + data
                                + " --model-name weeds --isolation worker --devices cpu --sandbox best-effort --insecure"
                                + " --exit-when-ready")
                        .split(" "));

        ServerSettings settings = parts.started.getFirst().settings();
        assertEquals(data, parts.started.getFirst().data());
        assertEquals(Optional.of(data), settings.modelDir());
        assertEquals(Optional.of("weeds"), settings.modelName());
        assertEquals(Isolation.WORKER, settings.runtime().isolation());
        assertEquals(
                new DeviceChoice.Fixed(List.of(Device.cpu())),
                settings.runtime().devices());
        assertEquals(
                new ListenerConfig("::1", 1, List.of(), List.of()),
                settings.listening().data());
        assertEquals(ListenerConfig.loopback(2), settings.listening().management());
        assertEquals(OptionalInt.of(3), settings.listening().grpcPort());
        assertTrue(settings.listening().insecure());
    }

    @Test
    void config_underEnvironmentUnderCommandLine() throws IOException {
        Path file = Files.writeString(data.resolve("settings.yaml"), "port: 1\nadmin-port: 2\ngrpc-port: 3\n");
        Map<String, String> environment = Map.of("FIRSTPASS_ADMIN_PORT", "20", "FIRSTPASS_GRPC_PORT", "30");

        CommandRun run = CommandRun.of(
                parts,
                environment,
                "serve",
                "--config",
                file.toString(),
                "--data",
                data.toString(),
                "--grpc-port",
                "300",
                "--exit-when-ready");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        var listening = parts.started.getFirst().settings().listening();
        assertEquals(1, listening.data().port());
        assertEquals(20, listening.management().port());
        assertEquals(OptionalInt.of(300), listening.grpcPort());
    }

    @Test
    void config_namedByTheEnvironment_isRead() throws IOException {
        Path file = Files.writeString(data.resolve("settings.yaml"), "data: " + data.resolve("kept") + "\n");

        CommandRun.of(parts, Map.of("FIRSTPASS_CONFIG", file.toString()), "serve", "--exit-when-ready");

        assertEquals(data.resolve("kept"), parts.started.getFirst().data());
    }

    @Test
    void config_withUnknownKey_refusesTheStartInOneLine() throws IOException {
        Path file = Files.writeString(data.resolve("settings.yaml"), "admin_port: 2\n");

        CommandRun run = CommandRun.of(parts, "serve", "--config", file.toString(), "--exit-when-ready");

        assertEquals(ExitCode.USAGE, run.exitCode());
        assertEquals(
                "firstpass serve: " + file + ": admin_port: unknown key (the nearest known one is admin-port)\n",
                run.err());
        assertTrue(parts.started.isEmpty());
    }

    @Test
    void dataDirectory_withoutOption_comesFromTheEnvironment() {
        Map<String, String> environment = Map.of("FIRSTPASS_DATA", data.toString());

        CommandRun.of(parts, environment, "serve", "--exit-when-ready");

        assertEquals(data, parts.started.getFirst().data());
    }

    @Test
    void nothing_onTheCommandLine_leavesTheDefaults() {
        CommandRun.of(parts, "serve", "--data", data.toString(), "--exit-when-ready");

        assertEquals(ServerConfig.STANDARD, parts.started.getFirst().settings().listening());
    }
}
