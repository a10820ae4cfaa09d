package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.server.cli.Main;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// What a machine does to a server: it ends it, stops it for a while, or gives it no more descriptors.
final class MachineFaultsTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    private Path data = Path.of("");
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void makeFolder() throws IOException {
        data = Files.createDirectory(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        http.close();
    }

    /// A server of a process of its own on `data`, that has printed that it is ready.
    private JavaProcess serve() throws IOException {
        JavaProcess server = JavaProcess.start(
                JavaProcess.command(
                        List.of("-Xmx512m"),
                        Main.class.getName(),
                        "serve",
                        "--port=0",
                        "--admin-port=0",
                        "--isolation=in-process",
                        "--data=" + data),
                Map.of("ORT_DISABLE_TELEMETRY", "1", "PATH", System.getenv("PATH")),
                folder.resolve("err"));
        server.read();
        return server;
    }

    private String url(String which) throws IOException {
        return JSON.readTree(data.resolve("server.json").toFile()).path(which).asText();
    }

    private static HttpRequest.Builder request(String url, String path, HttpRequest.BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofMinutes(1))
                .POST(body);
    }

    private String get(String url, String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString())
                .body();
    }

    /// @return the answer's status
    private int register(String admin, long seed) throws Exception {
        Path model = ScoringModel.write(folder.resolve("model-" + seed + ".onnx"), seed, OnnxParts.OPEN);
        HttpRequest upload = request(
                        admin, "v1/registry/models/scored/versions", HttpRequest.BodyPublishers.ofFile(model))
                .setHeader("Content-Type", "application/octet-stream")
                .build();
        return http.send(upload, BodyHandlers.ofString()).statusCode();
    }

    private CompletableFuture<HttpResponse<String>> ask(String url, String query) throws IOException {
        return http.sendAsync(
                request(
                                url,
                                "v1/models/scored/prelabels?" + query,
                                HttpRequest.BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                        .setHeader("Content-Type", "image/jpeg")
                        .setHeader("Cache-Control", "no-cache")
                        .build(),
                BodyHandlers.ofString());
    }

    private static void signal(JavaProcess server, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(server.pid())).start();
        assertTrue(kill.waitFor(10, TimeUnit.SECONDS) && kill.exitValue() == 0, name);
    }

    /// The instants are of no importance one by one: `RegistryCrashTest` kills at hundreds of them. Here a whole server is killed
    /// while it answers, and has to be back.
    @Test
    void server_killedUnderLoad_isBackWithAllThatWasAcknowledged() throws Exception {
        Random random = new Random(LONG ? System.nanoTime() : 7);
        long versions = 0;
        List<Long> ready = new ArrayList<>();
        for (int round = 0; round < (LONG ? 10 : 1); round++) {
            try (JavaProcess server = serve()) {
                String url = url("url");
                String admin = url("adminUrl");
                assertEquals(201, register(admin, ++versions));
                assertEquals(200, ask(url, "").get().statusCode());
                List<CompletableFuture<HttpResponse<String>>> underWay = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    underWay.add(ask(url, ""));
                    if (i == 10) {
                        assertEquals(201, register(admin, ++versions));
                    }
                }
                Thread.sleep(random.nextInt(50));
                signal(server, "KILL");
                server.await();
                underWay.forEach(each -> each.cancel(true));
            }
            long began = System.nanoTime();
            try (JavaProcess _ = serve()) {
                ready.add(Duration.ofNanos(System.nanoTime() - began).toMillis());
                JsonNode found = JSON.readTree(get(url("adminUrl"), "v1/registry/models/scored"));
                for (long number = 1; number <= versions; number++) {
                    String version = get(url("adminUrl"), "v1/registry/models/scored/versions/" + number);
                    assertTrue(version.contains("\"AVAILABLE\""), number + ": " + version);
                }
                assertTrue(found.toString().contains("production"), found.toString());
                assertEquals(200, ask(url("url"), "").get().statusCode());
            }
        }
        Collections.sort(ready);
        System.out.printf("ready again %d to %d ms after a kill%n", ready.getFirst(), ready.getLast());
    }

    /// As when a hypervisor takes its cores away.
    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void server_stoppedForAWhile_doesNotRunWhatNobodyWaitsForAnyMore() throws Exception {
        try (JavaProcess server = serve()) {
            String url = url("url");
            assertEquals(201, register(url("adminUrl"), 1));
            assertEquals(200, ask(url, "").get().statusCode());
            List<CompletableFuture<HttpResponse<String>>> underWay = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                underWay.add(ask(url, "timeout=1s"));
            }
            signal(server, "STOP");
            Thread.sleep(1500);
            signal(server, "CONT");

            for (CompletableFuture<HttpResponse<String>> each : underWay) {
                int status = each.get(1, TimeUnit.MINUTES).statusCode();
                assertTrue(status == 200 || status == 408 || status == 429 || status == 504, "status " + status);
            }
            assertEquals(0, metric("firstpass_queue_begun_late_rows_total"));
            assertEquals(200, ask(url, "").get().statusCode());
        }
    }

    /// The sum over all models; 0 where it has never been counted.
    private double metric(String name) throws Exception {
        double sum = 0;
        Matcher lines =
                Pattern.compile("(?m)^" + name + "(?:\\{.*})? (\\S+)$").matcher(get(url("adminUrl"), "metrics"));
        while (lines.find()) {
            sum += Double.parseDouble(lines.group(1));
        }
        return sum;
    }

    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void server_outOfDescriptors_servesThoseWhoAreThere_andOthersAgainLater() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "prlimit (Debian's util-linux) is missing");
        try (JavaProcess server = serve()) {
            String url = url("url");
            int port = URI.create(url).getPort();
            assertEquals(201, register(url("adminUrl"), 1));
            assertEquals(200, ask(url, "").get().statusCode());
            long open;
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + server.pid() + "/fd"))) {
                open = descriptors.count();
            }
            limit(server, open + 8);
            List<Socket> crowd = new ArrayList<>();
            try {
                for (int i = 0; i < 40; i++) {
                    crowd.add(RawHttp.connect(port));
                }
                // The connection of the request above is still open.
                assertEquals(200, ask(url, "").get(1, TimeUnit.MINUTES).statusCode());
            } finally {
                for (Socket each : crowd) {
                    each.close();
                }
            }
            limit(server, open + 4096);
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        200,
                        RawHttp.send(port, "GET /livez HTTP/1.1", new byte[0]).status());
            }
            assertFalse(server.errors().contains("OutOfMemory"), server.errors());
        }
    }

    private static void limit(JavaProcess server, long descriptors) throws Exception {
        Process prlimit = new ProcessBuilder(
                        "prlimit", "--pid", Long.toString(server.pid()), "--nofile=" + descriptors + ":8192")
                .redirectErrorStream(true)
                .start();
        assertTrue(prlimit.waitFor(10, TimeUnit.SECONDS) && prlimit.exitValue() == 0, "prlimit");
    }
}
