package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A canary and a shadow of the demo detector in a whole server: what their figures say, and that a canary which fails is
/// stopped.
final class RolloutsInServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ModelName COCO = new ModelName("coco");
    private static final String ROLLOUT = "v1/registry/models/coco/rollouts/production";

    @TempDir
    private static Path registered;

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private FirstpassServer server;

    /// Version 2 has the weights of version 1, version 3 finds less.
    @BeforeAll
    static void register() throws Exception {
        Path detector = DemoServer.models()
                .fetch(
                        DemoModels.all().stream()
                                .filter(model -> model.name().equals("coco"))
                                .findFirst()
                                .orElseThrow(),
                        FetchListener.NONE);
        try (ServerRuntime runtime = ServerRuntime.open(registered.resolve("data"), RuntimeConfig.forCores(2))) {
            register(runtime, detector, Optional.empty());
            register(runtime, detector, Optional.of("batching: {max: 2}"));
            register(runtime, detector, Optional.of("thresholds: {default: 0.8}"));
        }
    }

    private static void register(ServerRuntime runtime, Path detector, Optional<String> manifest) throws Exception {
        Path file = Files.writeString(registered.resolve("firstpass.yaml"), manifest.orElse(""));
        var registration = runtime.register(COCO, detector, manifest.map(_ -> file), ProgressListener.NONE);
        assertEquals("", registration.failure());
    }

    @BeforeEach
    void start() throws Exception {
        DemoRegistry.copy(registered.resolve("data"), folder.resolve("data"));
        server = FirstpassServer.start(folder.resolve("data"), DemoServer.ON_LOOPBACK, RuntimeConfig.forCores(2));
    }

    @AfterEach
    void stop() {
        server.close();
        http.shutdownNow();
    }

    @Test
    void canary_atTwentyPercent_hasItsFiguresBesideTheStableVersions() throws Exception {
        rollOut("{\"canary\": 2, \"percent\": 20}");
        long canaries = 0;
        for (int asset = 0; asset < 30; asset++) {
            assertEquals(200, ask("a" + asset));
            canaries += new Rollout(2, 20).meetsCanary(COCO, "a" + asset) ? 1 : 0;
        }

        JsonNode rollout = get(ROLLOUT);
        JsonNode stable = rollout.path("arms").path("stable");
        JsonNode canary = rollout.path("arms").path("canary");
        assertTrue(canaries > 0);
        assertEquals(30 - canaries, stable.path("requests").asLong());
        assertEquals(canaries, canary.path("requests").asLong());
        assertEquals(1, canary.path("millis").path("count").asLong(), "one photo, cached from then on");
        assertEquals(0, canary.path("errors").asLong());
        assertEquals(
                stable.path("labels").asLong() * canaries,
                canary.path("labels").asLong() * (30 - canaries),
                "the same weights find the same");
        assertEquals(
                stable.path("meanScore").asDouble(), canary.path("meanScore").asDouble(), 1e-6);
        assertTrue(metrics()
                .contains("firstpass_rollout_requests_total{alias=\"production\",arm=\"canary\",model=\"coco\","
                        + "result=\"ok\"} " + canaries + ".0"));
    }

    @Test
    void shadow_ofTheSameWeights_agreesAndAnotherOneLess() throws Exception {
        rollOut("{\"shadow\": 2}");
        JsonNode same = shadowed();
        rollOut("{\"canary\": 2, \"percent\": 0, \"shadow\": 3}");
        JsonNode other = shadowed();

        assertEquals(1.0, same.path("matched").asDouble());
        assertEquals(1.0, same.path("meanOverlap").asDouble(), 1e-3);
        assertEquals(1.0, same.path("sameLabel").asDouble());
        assertEquals(0, same.path("meanScoreDifference").asDouble(), 1e-3);
        assertEquals(0, same.path("countDifference").asInt());
        assertTrue(same.path("shadowMillis").path("p50").asDouble() > 0);
        assertTrue(other.path("matched").asDouble() < 0.95, other::toString);
        assertTrue(other.path("countDifference").asInt() < 0, other::toString);
        assertTrue(other.path("note").asText().contains("not quality"));
        assertEquals(
                "IN_USE",
                post("v1/registry/models/coco/versions/3:retire").path("reason").asText());
        assertTrue(metrics()
                .contains("firstpass_shadow_runs_total{alias=\"production\",model=\"coco\"," + "result=\"compared\"}"));
    }

    /// Asks for each photo, and waits until its copy was dealt with.
    private JsonNode shadowed() throws Exception {
        List<String> photos = List.of("dog.jpg", "eagle.jpg", "coffee.jpg");
        for (int i = 0; i < photos.size(); i++) {
            JsonNode before = post("v1/models/coco/prelabels?asset-id=p" + i, Goldens.photo(photos.get(i)));
            assertEquals(1, before.path("model").path("version").asInt(), before::toString);
            JsonNode again = post("v1/models/coco/prelabels?asset-id=p" + i, Goldens.photo(photos.get(i)));
            assertEquals(before.path("annotations"), again.path("annotations"));
            while (dealtWith(get(ROLLOUT).path("agreement")) <= i) {
                Thread.sleep(20);
            }
        }
        return get(ROLLOUT).path("agreement");
    }

    private static long dealtWith(JsonNode agreement) {
        assertEquals(0, agreement.path("failed").asLong(), agreement::toString);
        return agreement.path("compared").asLong() + agreement.path("dropped").asLong();
    }

    /// Its outputs are not what it says they are; it was let in without a look.
    @Test
    void canary_thatFails_isStoppedAndTheAuditSaysSo() throws Exception {
        Path model = SizedModel.writeMistaken(folder.resolve("offered.onnx"), 4);
        Path manifest = Files.writeString(folder.resolve("wrong.yaml"), "classes: [one, two]\n");
        long wrong = server.runtime()
                .registry()
                .register(COCO, model, manifest, _ -> {}, ProgressListener.NONE)
                .version()
                .number();
        rollOut("{\"canary\": " + wrong + ", \"percent\": 50, \"shadow\": 2}");
        int failed = 0;
        int asset = 0;
        while (get(ROLLOUT).has("canary")) {
            failed += ask("f" + asset) == 200 ? 0 : 1;
            asset++;
            assertTrue(asset < 400, "it is not stopped");
        }

        JsonNode rollout = get(ROLLOUT);
        assertEquals("errors", rollout.path("stopped").path("reason").asText());
        assertEquals(wrong, rollout.path("stopped").path("canary").asLong());
        assertEquals(2, rollout.path("shadow").asInt(), "a shadow stays");
        assertTrue(failed >= 3 && failed <= 50, "failed: " + failed);
        for (int after = 0; after < 10; after++) {
            assertEquals(200, ask("g" + after));
        }
        JsonNode lines = get("v1/registry/audit?limit=1000").path("lines");
        JsonNode last = lines.path(lines.size() - 1);
        assertEquals("supervision", last.path("principal").asText());
        assertEquals("rollout", last.path("action").asText());
        assertEquals(
                "canary=" + wrong + " percent=50 shadow=2 shadow-percent=100",
                last.path("from").asText());
        assertEquals("shadow=2 shadow-percent=100", last.path("to").asText());
        assertTrue(last.path("result").asText().startsWith("done: "), last::toString);
        assertTrue(metrics()
                .contains("firstpass_rollout_stops_total{alias=\"production\",model=\"coco\","
                        + "reason=\"errors\"} 1.0"));
    }

    private void rollOut(String body) throws Exception {
        JsonNode answer = JSON.readTree(http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve(ROLLOUT))
                                .header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
        assertEquals(1, answer.path("stable").asInt(), answer::toString);
    }

    private int ask(String asset) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(server.url().resolve("v1/models/coco/prelabels?asset-id=" + asset))
                                .header("Content-Type", "application/octet-stream")
                                .POST(BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    private JsonNode post(String path, byte[] photo) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(server.url().resolve(path))
                                .header("Content-Type", "application/octet-stream")
                                .POST(BodyPublishers.ofByteArray(photo))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
    }

    private JsonNode post(String path) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve(path))
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(raw(path));
    }

    private String metrics() throws Exception {
        return new String(raw("metrics"), StandardCharsets.UTF_8);
    }

    private byte[] raw(String path) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve(path))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body();
    }
}
