package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a whole server answers stands in its ledger, and is found there by id and by version.
final class PredictionsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ModelName NAME = new ModelName("m");

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private FirstpassServer server;

    @BeforeEach
    void start() throws Exception {
        server = FirstpassServer.start(folder.resolve("data"), DemoServer.ON_LOOPBACK, RuntimeConfig.forCores(2));
        for (int number = 1; number <= 2; number++) {
            Path file = SizedModel.write(folder.resolve("offered.onnx"), number, 1 << 16);
            assertEquals(
                    "",
                    server.runtime()
                            .register(NAME, file, Optional.empty(), ProgressListener.NONE)
                            .failure());
        }
    }

    @AfterEach
    void stop() {
        server.close();
        http.shutdownNow();
    }

    @Test
    void answer_isFoundByTheIdThatItsHeaderAndBodyName() throws Exception {
        HttpResponse<byte[]> answer = ask("m", "field.jpg");
        JsonNode body = JSON.readTree(answer.body());
        String id = answer.headers().firstValue("Firstpass-Prediction").orElseThrow();

        assertEquals(id, body.path("prediction").asText());
        assertEquals(7, UUID.fromString(id).version());
        JsonNode found = manage("predictions/" + id);
        assertEquals(id, found.path("prediction").asText());
        assertEquals(body.path("model"), found.path("model"));
        assertEquals("stable", found.path("arm").asText());
        assertEquals("field.jpg", found.path("asset").path("id").asText());
        assertEquals(
                "sha256:" + Sha256.of(Goldens.photo("dog.jpg")),
                found.path("asset").path("digest").asText());
        assertEquals(
                body.path("annotations").size(),
                found.path("labels").path("count").asInt());
        assertTrue(found.path("millis").asDouble() > 0);
    }

    /// A cached answer is one as well, with an id of its own.
    @Test
    void answers_ofEachVersionAndArm_areListedByVersion() throws Exception {
        server.runtime().rollOut(NAME, "production", new Rollout(2, 50));
        for (int asset = 0; asset < 10; asset++) {
            var _ = ask("m", "a" + asset);
        }
        var _ = ask("m@2", "a0");
        var _ = ask("m@2", "a0");

        List<JsonNode> second = predictions("predictions?model=m&version=2");
        List<JsonNode> first = predictions("predictions?model=m&version=1");
        long canaries = IntStream.range(0, 10)
                .filter(asset -> new Rollout(2, 50).meetsCanary(NAME, "a" + asset))
                .count();
        assertEquals(
                canaries,
                second.stream().filter(each -> arm(each).equals("canary")).count());
        assertEquals(
                2, second.stream().filter(each -> arm(each).equals("direct")).count());
        assertEquals(
                10 - canaries,
                first.stream().filter(each -> arm(each).equals("stable")).count());
        assertEquals(12, first.size() + second.size());
        JsonNode cached = second.getLast();
        JsonNode before = second.get(second.size() - 2);
        assertNotEquals(before.path("prediction"), cached.path("prediction"));
        assertEquals(before.path("labels"), cached.path("labels"));

        JsonNode page = manage("predictions?limit=5");
        assertEquals(5, page.path("predictions").size());
        assertEquals(
                7,
                predictions("predictions?after=" + page.path("next").asLong()).size());
        String metrics = new String(get("metrics"), StandardCharsets.UTF_8);
        assertTrue(metrics.contains("firstpass_ledger_written_total 12.0"), metrics);
        assertTrue(metrics.contains("firstpass_ledger_dropped_total 0.0"), metrics);
        assertTrue(metrics.contains("firstpass_ledger_lag_seconds 0.0"), metrics);
    }

    /// From the version string that tools see to the ledger; and no version's answers are given under another one.
    @Test
    void answers_byAProject_nameItsVersionEverywhere_andAreCachedByIt() throws Exception {
        assertEquals("fields@1", setProject("max: 1\nformat: label-studio"));
        HttpResponse<byte[]> first = ask("m", "a.jpg&project=fields");
        HttpResponse<byte[]> again = ask("m", "a.jpg&project=fields");
        assertEquals("m@1+fields@1", versionSeen(first));
        assertEquals("m@1+fields@1", versionSeen(again));
        assertEquals(List.of("miss", "hit"), List.of(cache(first), cache(again)));

        assertEquals("fields@1", setProject("{\"format\": \"label-studio\", \"max\": 1}"));
        assertEquals("fields@2", setProject("max: 2\nformat: label-studio"));
        HttpResponse<byte[]> next = ask("m", "a.jpg&project=fields");
        assertEquals("m@1+fields@2", versionSeen(next));
        assertEquals("miss", cache(next));
        assertEquals("m@1+fields@1", versionSeen(ask("m", "a.jpg&project=fields@1")));
        assertEquals(
                List.of("fields@1", "fields@1", "fields@2", "fields@1"),
                predictions("predictions?model=m").stream()
                        .map(each -> each.path("spec").asText())
                        .toList());
    }

    private String setProject(String document) throws Exception {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/projects/fields"))
                        .header("Content-Type", "application/yaml")
                        .PUT(BodyPublishers.ofString(document))
                        .build(),
                BodyHandlers.ofByteArray());
        return JSON.readTree(answer.body()).path("ref").asText();
    }

    private static String versionSeen(HttpResponse<byte[]> labels) throws Exception {
        return Optional.ofNullable(JSON.readTree(labels.body()).findValue("model_version"))
                .orElseThrow()
                .asText();
    }

    private static String cache(HttpResponse<byte[]> answer) {
        String timing = answer.headers().firstValue("Server-Timing").orElseThrow();
        return timing.substring(timing.indexOf("cache;desc=") + "cache;desc=".length());
    }

    private static String arm(JsonNode prediction) {
        return prediction.path("arm").asText();
    }

    private List<JsonNode> predictions(String path) throws Exception {
        return manage(path).path("predictions").valueStream().toList();
    }

    private JsonNode manage(String path) throws Exception {
        return JSON.readTree(get("v1/registry/" + path));
    }

    private byte[] get(String path) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve(path))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body();
    }

    private HttpResponse<byte[]> ask(String ref, String asset) throws Exception {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(server.url().resolve("v1/models/" + ref + "/prelabels?asset-id=" + asset))
                        .header("Content-Type", "application/octet-stream")
                        .POST(BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                        .build(),
                BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode());
        return answer;
    }
}
