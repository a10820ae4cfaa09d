package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.firstpass.server.cli.DoctorCheck.Finding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorCommandTest {
    private static final String STATUS = """
            {"uptimeSeconds": 90, "ready": true, "devices": [{"id": "cpu", "budgetBytes": 1000, "usedBytes": 10}],
             "versions": [{"ref": "weeds@2", "residency": "FAILED"},
              {"ref": "rows@1", "residency": "SERVING", "queue": {"rows": 3, "oldestMillis": 16000.5}}],
             "workers": [{"role": "onnx", "pid": 7, "walled": false, "gaps": ["connecting"]}]}
            """;

    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    @Test
    void machine_inOrder_isCode0() throws IOException {
        CommandRun run = doctor(Map.of("ORT_DISABLE_TELEMETRY", "1"));

        assertEquals(ExitCode.OK, run.exitCode(), run.out());
        assertTrue(run.json().path("healthy").asBoolean());
        assertEquals("ok", verdict(run, "jdk"));
        assertEquals("note", verdict(run, "npm"), "no PATH, no npm: only the demo needs it");
    }

    @Test
    void telemetry_leftOn_isCode1() throws IOException {
        CommandRun run = doctor(Map.of("ORT_DISABLE_TELEMETRY", "0"));

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("fail", verdict(run, "telemetry"));
    }

    @Test
    void engine_thatThrows_isCode1AndOneLine() throws IOException {
        parts.engineChecks.add(new DoctorCheck("onnx", () -> {
            throw new IllegalStateException("no library");
        }));
        parts.engineChecks.add(new DoctorCheck("images", () -> Finding.ok("a tiny PNG was decoded")));

        CommandRun run = doctor(Map.of("ORT_DISABLE_TELEMETRY", "1"));

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("fail", verdict(run, "onnx"));
        assertEquals("ok", verdict(run, "images"));
    }

    @Test
    void port_inUse_isNoted() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            CommandRun run = CommandRun.of(
                    parts,
                    Map.of("ORT_DISABLE_TELEMETRY", "1"),
                    "doctor",
                    "--json",
                    "--data",
                    folder.toString(),
                    "--port",
                    port);

            assertEquals("note", verdict(run, "port " + port));
            assertEquals(ExitCode.OK, run.exitCode());
        }
    }

    /// One whose queue is old, whose model does not load, and one of whose workers lacks a wall.
    @Test
    void serverThatRuns_isAskedHowItStands() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/status", exchange -> {
            boolean isKnown =
                    "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = STATUS.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isKnown ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
            new ServerFile(
                            ProcessHandle.current().pid(),
                            url,
                            url,
                            Instant.EPOCH,
                            Optional.of("secret"),
                            Optional.empty())
                    .write(Files.createDirectories(folder.resolve("not/there/yet")));

            CommandRun run = doctor(Map.of("ORT_DISABLE_TELEMETRY", "1"));

            assertEquals("ok", verdict(run, "server"));
            assertEquals("fail", verdict(run, "models"));
            assertEquals("note", verdict(run, "queues"));
            assertEquals("ok", verdict(run, "memory"));
            assertEquals("fail", verdict(run, "walls"));
            assertTrue(run.out().contains("weeds@2 does not load"), run.out());
            assertEquals(ExitCode.FAILED, run.exitCode());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void dataDirectory_belowAFile_isCode1() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        CommandRun run = CommandRun.of(
                parts,
                Map.of("ORT_DISABLE_TELEMETRY", "1"),
                "doctor",
                "--json",
                "--data",
                file.resolve("data").toString());

        assertEquals("fail", verdict(run, "data"));
        assertEquals(ExitCode.FAILED, run.exitCode());
    }

    @Test
    void lines_forPeople_areOnePerCheck() {
        CommandRun run = CommandRun.of(parts, "doctor", "--data", folder.toString());

        assertEquals(9, run.out().lines().count(), run.out());
        assertTrue(run.out().lines().allMatch(line -> line.matches("(ok  |note|fail)  .*")), run.out());
    }

    private CommandRun doctor(Map<String, String> environment) {
        return CommandRun.of(
                parts,
                environment,
                "doctor",
                "--json",
                "--data",
                folder.resolve("not/there/yet").toString());
    }

    private static String verdict(CommandRun run, String name) throws IOException {
        for (JsonNode check : run.json().path("checks")) {
            if (check.path("name").asText().equals(name)) {
                return check.path("verdict").asText();
            }
        }
        throw new AssertionError(name + ": not among " + run.out());
    }
}
