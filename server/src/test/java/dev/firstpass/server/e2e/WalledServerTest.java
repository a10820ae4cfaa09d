package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.config.ServerConfig;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole server whose models run behind walls.
final class WalledServerTest {
    @TempDir
    Path data = Path.of("");

    @Test
    void server_onceReady_tellsOfItsWalls() throws Exception {
        try (FirstpassServer server = start()) {
            String status = get(server, "v1/status");
            String metrics = get(server, "metrics");

            assertTrue(status.contains("\"role\":\"decoder\"") && status.contains("\"walled\":true"), status);
            assertTrue(metrics.contains("firstpass_worker_up{device=\"cpu\",role=\"decoder\"} 1.0"), metrics);
            assertTrue(metrics.contains("firstpass_worker_sandbox{device=\"cpu\",role=\"decoder\"} 1.0"), metrics);
        }
    }

    /// What a server leaves that is killed.
    @Test
    void start_always_clearsAwayWhatWorkersLeft() throws Exception {
        Path left = Files.createDirectories(data.resolve("run/worker-123/models/0"));
        Files.writeString(left.resolve("model.onnx"), "");

        try (FirstpassServer _ = start()) {
            assertFalse(Files.exists(data.resolve("run/worker-123")));
        }
        try (Stream<Path> files = Files.list(data.resolve("run"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    private FirstpassServer start() throws InterruptedException {
        ListenerConfig anyPort = ListenerConfig.loopback(0);
        FirstpassServer server = FirstpassServer.start(
                data,
                new ServerConfig(
                        anyPort,
                        anyPort,
                        OptionalInt.empty(),
                        false,
                        Limits.STANDARD,
                        Duration.ZERO,
                        Duration.ofSeconds(1)),
                RuntimeConfig.forCores(1).with(Isolation.WORKER, Sandbox.REQUIRED));
        server.runtime().awaitSettled();
        return server;
    }

    private static String get(FirstpassServer server, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(server.managementUrl().resolve(path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
