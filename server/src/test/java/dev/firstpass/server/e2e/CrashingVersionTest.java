package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerWithWorkers;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.config.SupervisionConfig;
import dev.firstpass.server.runtime.device.worker.FlawedWorkerMain;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A version in production that brings its worker down on every photo, in a whole server with real workers, seen over
/// HTTP.
@Timeout(300)
final class CrashingVersionTest {
    private static final ModelName NAME = new ModelName("m");
    private static final int HEALTHY = 1;
    /// Which gives a score that makes it meet the workers' flaw.
    private static final int CRASHING = 2000;

    private static final long WEIGHT_BYTES = 64 << 10;
    private static final int MOST_REQUESTS = 20;
    private static final int BACKGROUND = 0x404040;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void endClient() {
        http.shutdownNow();
    }

    @Test
    void version_thatCrashesAfterItsPromotion_losesTheAliasToTheOneBefore() throws Exception {
        try (FirstpassServer server = start(SupervisionConfig.DEFAULT.guardPeriod())) {
            List<String> answers = crash(server);

            assertTrue(answers.contains("INPUT_QUARANTINED"), answers::toString);
            awaitProduction(server, 1);
            Answer answer = ask(server, "m", MOST_REQUESTS);
            assertEquals(200, answer.status(), answer.body()::toString);
            assertEquals("m@1", answer.model());
            assertEquals(
                    HEALTHY,
                    SizedModel.numberOf(answer.body()
                            .path("annotations")
                            .path(0)
                            .path("score")
                            .asDouble()));
            assertFailed(server, 2);
            assertEquals(
                    "AVAILABLE", management(server, "versions/1").path("state").asText());
            assertEquals("MODEL_NOT_READY", ask(server, "m@2", MOST_REQUESTS).reason());
            assertEquals("supervision rollback production 2>1", lastAudit());
            assertEquals(1, rollBacks(server));
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = "firstpass.long",
            matches = "true",
            disabledReason = "RollBackTest has the rule; with workers it takes half a minute: mvn verify -Plong")
    void version_thatHasHadItsAliasForLong_keepsIt() throws Exception {
        try (FirstpassServer server = start(Duration.ofMillis(1))) {
            List<String> answers = crash(server);
            // The answer that said so came after the move would have been ordered.
            server.runtime().models().run(() -> {}).join();

            assertEquals("MODEL_NOT_READY", answers.getLast());
            assertEquals(2, production(server));
            assertFailed(server, 2);
            assertEquals("local alias production 1>2", lastAudit());
            assertEquals(0, rollBacks(server));
        }
    }

    /// Sends one photo after the other to `production` until nobody is answered by the version any more.
    ///
    /// @return the reasons given meanwhile
    private List<String> crash(FirstpassServer server) throws Exception {
        List<String> reasons = new ArrayList<>();
        for (int photo = 0; photo < MOST_REQUESTS; photo++) {
            Answer answer = ask(server, "m", photo);
            if (answer.status() == 200) {
                assertEquals("m@1", answer.model());
                return reasons;
            }
            reasons.add(answer.reason());
            if (answer.reason().equals("MODEL_NOT_READY")) {
                return reasons;
            }
        }
        throw new AssertionError("it goes on and on: " + reasons);
    }

    private static FirstpassServer started(Path data, Duration guardPeriod) {
        return ServerWithWorkers.start(
                data,
                DemoServer.ON_LOOPBACK,
                RuntimeConfigs.forCores(2)
                        .engineThreads(1)
                        .slabBytes(4 << 20)
                        .supervision(new SupervisionConfig(SupervisionConfig.DEFAULT.runLimit(), guardPeriod))
                        .inWorkers(),
                FlawedWorkerMain.class);
    }

    /// A server with two versions, the second of which crashes and is promoted over HTTP.
    private FirstpassServer start(Duration guardPeriod) throws Exception {
        FirstpassServer server = started(folder.resolve("data"), guardPeriod);
        try {
            for (int number : List.of(HEALTHY, CRASHING)) {
                Path file = SizedModel.write(folder.resolve("offered.onnx"), number, WEIGHT_BYTES);
                var registration = server.runtime().register(NAME, file, Optional.empty(), ProgressListener.NONE);
                assertEquals(
                        ModelVersion.State.AVAILABLE, registration.version().state(), registration::failure);
            }
            assertEquals("m@1", ask(server, "m", MOST_REQUESTS).model());
            promote(server, 2);
            return server;
        } catch (Exception | Error e) {
            server.close();
            throw e;
        }
    }

    private void awaitProduction(FirstpassServer server, long version) throws Exception {
        while (production(server) != version) {
            Thread.sleep(10);
        }
    }

    private void assertFailed(FirstpassServer server, long version) throws Exception {
        JsonNode failed = management(server, "versions/" + version);
        assertEquals("AVAILABLE", failed.path("state").asText());
        assertEquals("FAILED", failed.at("/replicas/0/residency").asText());
        assertEquals(
                "the model version has failed: its process ended 5 times within 5 min",
                failed.path("failure").asText());
        assertEquals(
                "FAILED",
                json(server.url().resolve("v1/models/m@" + version))
                        .path("state")
                        .asText());
    }

    private long production(FirstpassServer server) throws Exception {
        return management(server, "").path("aliases").path("production").asLong();
    }

    private JsonNode management(FirstpassServer server, String path) throws Exception {
        return json(server.managementUrl().resolve("v1/registry/models/m" + (path.isEmpty() ? "" : "/" + path)));
    }

    private JsonNode json(URI uri) throws Exception {
        return JSON.readTree(http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private void promote(FirstpassServer server, long version) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/models/m/aliases/production"))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString("{\"version\": " + version + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        assertEquals(version, production(server));
    }

    private Answer ask(FirstpassServer server, String model, int photo) throws Exception {
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(server.url().resolve("v1/models/" + model + "/prelabels?timeout=60s"))
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(photo(photo)))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("firstpass-model").orElse(""),
                JSON.readTree(response.body()));
    }

    private double rollBacks(FirstpassServer server) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve("metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("firstpass_alias_rollbacks_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private String lastAudit() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("data/registry.db"));
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT principal || ' ' || action || ' ' || subject || ' ' || from_value"
                                + " || '>' || to_value FROM audit ORDER BY id DESC LIMIT 1")) {
            return result.next() ? result.getString(1) : "";
        }
    }

    /// No two are alike, and none is black.
    private static byte[] photo(int number) throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int at = 0; at < 16; at++) {
            image.setRGB(at, at, BACKGROUND + number);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    /// @param model that has answered
    private record Answer(int status, String model, JsonNode body) {
        /// Empty where all is well.
        String reason() {
            return body.path("reason").asText();
        }
    }
}
