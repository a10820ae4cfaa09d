package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.Check.Outcome;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.ServerWithWorkers;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.worker.FlawedWorkerMain;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Registrations in a whole server with real workers: what is tried out, what is found, and how it is shown.
@Timeout(300)
final class ValidationTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long WEIGHT_BYTES = 64 << 10;

    /// Which gives a score that makes it meet the workers' flaw on dark images.
    private static final int FLAWED = 2000;

    private static final int HEALTHY = 1;
    private static final double HEALTHY_SCORE = 0.5 + 1.0 / 4096;

    @TempDir
    static Path folder;

    static FirstpassServer server;
    static HttpClient http;

    @BeforeAll
    static void start() {
        server = ServerWithWorkers.start(
                folder.resolve("data"),
                DemoServer.ON_LOOPBACK,
                RuntimeConfig.forCores(2).with(Isolation.WORKER, Sandbox.REQUIRED),
                FlawedWorkerMain.class);
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        http.shutdownNow();
        server.close();
    }

    @Test
    void version_thatWorks_isTriedOutWithEverything() throws Exception {
        List<String> progress = new ArrayList<>();
        Path file = SizedModel.write(folder.resolve("good.onnx"), HEALTHY, WEIGHT_BYTES);
        Registration registration = server.runtime()
                .register(
                        new ModelName("good"),
                        file,
                        Optional.empty(),
                        (step, done, total) -> progress.add(step + " " + done + "/" + total));

        assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
        ValidationReport report = report(registration);
        assertEquals(
                List.of("files", "open", "photo", "shapes", "batches", "black", "grey", "noise"),
                report.checks().stream().map(Check::name).toList());
        assertTrue(report.checks().stream().allMatch(check -> check.outcome() == Outcome.PASSED), report::toString);
        assertEquals("8 rows in a run, as it claims", check(report, "batches").detail());
        assertEquals(Map.of("main", 8), report.rows());
        assertTrue(progress.contains("VALIDATING 0/7") && progress.contains("VALIDATING 7/7"), progress::toString);
        server.runtime().awaitSettled();
        assertEquals("cpu", report.device());
    }

    @Test
    void trial_thatIsBrokenOff_saysNothingOfTheVersion() throws Exception {
        Path file = SizedModel.write(folder.resolve("broken-off.onnx"), HEALTHY + 1, WEIGHT_BYTES);
        ModelName name = new ModelName("broken-off");
        for (int interrupted : List.of(0, 1, 3)) {
            FailureException thrown = assertThrows(
                    FailureException.class,
                    () -> server.runtime().register(name, file, Optional.empty(), (step, done, total) -> {
                        if (step == ProgressListener.Step.VALIDATING && done == interrupted) {
                            Thread.currentThread().interrupt();
                        }
                    }));
            assertTrue(Thread.interrupted());
            assertEquals(Reason.CANCELLED, thrown.failure().reason());
            assertEquals(
                    State.REGISTERED,
                    server.runtime()
                            .registry()
                            .resolve(new ModelRef.Numbered(name, 1))
                            .state());
        }

        Registration registration = server.runtime().register(name, file, Optional.empty(), ProgressListener.NONE);
        assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
    }

    @Test
    void goldenSample_thatIsMet_isToldInFigures() throws Exception {
        Registration registration = register("met", bundle("met", HEALTHY, Color.WHITE, HEALTHY_SCORE, 4));

        assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
        JsonNode json = JSON.readTree(body(manage("GET", "met/versions/1/validation")));
        assertEquals("PASSED", json.path("verdict").asText());
        JsonNode golden = json.path("golden").path(0);
        assertTrue(golden.path("met").asBoolean(), json::toString);
        assertEquals(1, golden.path("classes").path(0).path("matched").asInt());
        assertEquals(1, golden.path("classes").path(0).path("leastIou").asDouble(), 1e-6);
        assertEquals("thing", golden.path("found").path(0).path("label").asText());
        String page = body(manage("GET", "met/versions/1/validation.html"));
        assertEquals(2, page.split("data:image/png;base64,", -1).length - 1, "pictures");
        assertFalse(page.contains("<script"));
    }

    @Test
    void goldenSample_thatIsNotMet_failsTheVersionWithAClearReason() throws Exception {
        Registration registration = register("unmet", bundle("unmet", HEALTHY, Color.WHITE, 0.9, 8));

        assertEquals(State.FAILED, registration.version().state());
        assertEquals("golden/a.png: thing at 0,0: best overlap 0.250 (expected: >= 0.900)", registration.failure());
        HttpResponse<String> answer = ask("unmet@1");
        assertEquals(
                "MODEL_NOT_READY", JSON.readTree(answer.body()).path("reason").asText());
        assertTrue(
                body(manage("GET", "unmet/versions/1/validation.html")).contains("not as expected"), "it is inspected");

        JsonNode again = JSON.readTree(body(manage("POST", "unmet/versions/1:validate")));
        assertEquals("FAILED", again.path("verdict").asText());
        assertEquals(registration.failure(), again.path("failure").asText());
    }

    @Test
    void version_thatBringsItsProcessDown_failsAndLeavesThoseThatServeAlone() throws Exception {
        Registration serving = register("serving", SizedModel.write(folder.resolve("s.onnx"), HEALTHY, WEIGHT_BYTES));
        assertEquals(State.AVAILABLE, serving.version().state(), serving::failure);
        assertEquals(200, ask("serving").statusCode());
        Map<String, Long> before = workers();

        Registration crashing = register("crashing", bundle("crashing", FLAWED, Color.DARK_GRAY, 0.99, 4));

        assertEquals(State.FAILED, crashing.version().state());
        assertEquals("the model brings its process down (golden/a.png)", crashing.failure());
        assertEquals(before, workers());
        assertEquals(200, ask("serving").statusCode());
        assertEquals(Outcome.PASSED, check(report(crashing), "photo").outcome());
    }

    @Test
    void version_thatLiesAboutItsBatch_isLimitedToWhatWorks_alsoAfterARestart() throws Exception {
        ModelName name = new ModelName("liar");
        Path data = folder.resolve("liars");
        Path file = SizedModel.writeLiar(folder.resolve("liar.onnx"), HEALTHY);
        RuntimeConfig config = RuntimeConfig.forCores(2);
        try (ServerRuntime runtime = ServerRuntime.open(data, config)) {
            Registration registration = runtime.register(name, file, Optional.empty(), ProgressListener.NONE);
            assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
            ValidationReport report =
                    runtime.registry().validation(registration.version().ref()).orElseThrow();
            assertEquals(
                    "at most 1 of the 8 rows that it claims: with 2 the model failed",
                    check(report, "batches").detail());
            assertEquals(Outcome.NOTED, check(report, "batches").outcome());
        }
        try (ServerRuntime runtime = ServerRuntime.open(data, config)) {
            runtime.awaitSettled();
            var version = runtime.registry().model(name).version(1).orElseThrow();
            assertEquals(1, runtime.registry().mostRows(version, "main"));
            var loaded = runtime.models().loaded(version.ref()).orElseThrow();
            assertEquals(
                    List.of(1),
                    loaded.stages().values().stream()
                            .flatMap(devices -> devices.values().stream())
                            .flatMap(device -> device.warmUp().points().stream())
                            .map(point -> point.rows())
                            .distinct()
                            .toList());
            assertEquals(
                    1,
                    runtime.prelabeler()
                            .prelabel(Requests.of("liar", "dog.jpg", Goldens.photo("dog.jpg"), "firstpass"))
                            .prelabels()
                            .annotations()
                            .size());
        }
    }

    /// A bundle with one golden sample: an image of 8 x 8 pixels and a box in its middle, which all models here find.
    ///
    /// @param side of the box that is expected, which begins at (2, 2) where it is 4, else at (0, 0)
    private static Path bundle(String name, int number, Color color, double score, int side) throws IOException {
        Path bundle = Files.createDirectories(folder.resolve(name + "-bundle"));
        SizedModel.write(bundle.resolve("model.onnx"), number, WEIGHT_BYTES);
        Files.createDirectories(bundle.resolve("golden"));
        Files.write(bundle.resolve("golden/a.png"), image(color));
        int at = side == 4 ? 2 : 0;
        Files.writeString(bundle.resolve("golden/a.json"), """
                {"annotations": [{"type": "box", "label": "thing", "score": %s,
                  "box": {"x": %d, "y": %d, "width": %d, "height": %d}}]}
                """.formatted(score, at, at, side, side));
        Files.writeString(bundle.resolve("firstpass.yaml"), """
                golden:
                  - image: golden/a.png
                    expect: golden/a.json
                """);
        return bundle;
    }

    private static byte[] image(Color color) throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(0, 0, 8, 8);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    private static Registration register(String name, Path source) {
        return server.runtime().register(new ModelName(name), source, Optional.empty(), ProgressListener.NONE);
    }

    private static ValidationReport report(Registration registration) {
        return server.runtime()
                .registry()
                .validation(registration.version().ref())
                .orElseThrow();
    }

    private static Check check(ValidationReport report, String name) {
        return report.checks().stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// Role -> process of those that run now.
    private static Map<String, Long> workers() {
        return server.runtime().workers().values().stream()
                .flatMap(List::stream)
                .filter(worker -> worker.pid().isPresent())
                .collect(Collectors.toMap(
                        worker -> worker.device() + worker.role(),
                        worker -> worker.pid().orElseThrow()));
    }

    private static HttpResponse<String> ask(String ref) throws Exception {
        return http.send(
                HttpRequest.newBuilder(server.url().resolve("v1/models/" + ref + "/prelabels?timeout=60s"))
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> manage(String method, String path) throws Exception {
        URI uri = server.managementUrl().resolve("v1/registry/models/" + path);
        return http.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String body(HttpResponse<String> response) {
        assertEquals(200, response.statusCode(), response::body);
        return response.body();
    }
}
