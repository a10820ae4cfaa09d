package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A model that finds what is pointed at, in a whole server: an encoder and a decoder that were registered as a folder.
final class PromptedModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    static FirstpassServer server;
    static HttpClient http;
    static Registration registration;

    @BeforeAll
    static void start() throws IOException {
        server = FirstpassServer.start(folder.resolve("data"), DemoServer.ON_LOOPBACK, RuntimeConfig.forCores(2));
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        registration = register("pointed", PointedModel.write(folder.resolve("bundle")));
        register("scores", ScoringModel.write(folder.resolve("scores.onnx"), 1, OnnxParts.OPEN));
    }

    private static Registration register(String name, Path source) {
        return server.runtime().register(new ModelName(name), source, Optional.empty(), ProgressListener.NONE);
    }

    @AfterAll
    static void stop() {
        http.shutdownNow();
        server.close();
    }

    private static byte[] image(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    private static HttpResponse<String> send(String model, byte[] image, String members, String... headers)
            throws Exception {
        String body = "{\"asset\": {\"base64\": \"" + Base64.getEncoder().encodeToString(image) + "\"}" + members + "}";
        HttpRequest.Builder request = HttpRequest.newBuilder(server.url().resolve("v1/models/" + model + "/prelabels"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode found(byte[] image, String prompt) throws Exception {
        HttpResponse<String> response = send("pointed", image, ", \"prompt\": " + prompt);
        assertEquals(200, response.statusCode(), response::body);
        JsonNode annotations = JSON.readTree(response.body()).path("annotations");
        assertEquals(1, annotations.size(), response::body);
        return annotations.path(0);
    }

    private static void assertDisc(double x, double y, double radius, double slack, JsonNode found) {
        assertEquals("mask", found.path("type").asText());
        JsonNode box = found.path("box");
        assertEquals(x - radius, box.path("x").asDouble(), slack, found::toString);
        assertEquals(y - radius, box.path("y").asDouble(), slack, found::toString);
        assertEquals(2 * radius, box.path("width").asDouble(), 2 * slack, found::toString);
        assertEquals(2 * radius, box.path("height").asDouble(), 2 * slack, found::toString);
    }

    @Test
    void folder_ofEncoderAndDecoder_registersByItself_andBothAreTriedOut() {
        assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
        assertEquals(java.util.Map.of(), registration.derivation().questions());
        assertEquals("sam", registration.version().manifest().spec().family());
        ValidationReport report = server.runtime()
                .registry()
                .validation(registration.version().ref())
                .orElseThrow();
        assertEquals(
                List.of(
                        "files",
                        "open",
                        "photo",
                        "shapes encoder",
                        "batches encoder",
                        "shapes decoder",
                        "batches decoder",
                        "black",
                        "grey",
                        "noise"),
                report.checks().stream().map(Check::name).toList());
        assertTrue(
                report.checks().stream().allMatch(check -> check.outcome() == Check.Outcome.PASSED), report::toString);
        assertEquals(
                "1 label",
                report.checks().stream()
                        .filter(check -> check.name().equals("photo"))
                        .findFirst()
                        .orElseThrow()
                        .detail());
    }

    /// Of an asset that is smaller than the encoder's row, and of one whose mask has to be brought to its size.
    @ParameterizedTest
    @CsvSource({"48, 32, 0.75, 0.6", "320, 200, 5, 2.6"})
    void click_givesAMaskAroundIt(int width, int height, double scale, double slack) throws Exception {
        byte[] image = image(width, height);
        double x = width / 2.0 + 3;
        double y = height / 2.0 - 2;
        JsonNode found = found(image, "{\"points\": [{\"x\": " + x + ", \"y\": " + y + "}]}");
        assertDisc(x, y, PointedModel.RADIUS * scale, slack, found);
        // The embeddings of a white image reached the decoder: else the other mask would be the better one.
        assertEquals(1, found.path("index").asInt());
        assertTrue(found.path("score").asDouble() > 0.75, found::toString);
    }

    @Test
    void boxAndBackground_areTold() throws Exception {
        byte[] image = image(64, 64);
        JsonNode box = found(image, "{\"box\": {\"x\": 20, \"y\": 24, \"width\": 20, \"height\": 12}}");
        assertDisc(30, 30, PointedModel.RADIUS, 0.6, box);
        String clicks = "[{\"x\": 40, \"y\": 40}, {\"x\": 2, \"y\": 2, \"label\": \"background\"}]";
        assertDisc(40, 40, PointedModel.RADIUS, 0.6, found(image, "{\"points\": " + clicks + "}"));
        JsonNode both = found(
                image,
                "{\"box\": {\"x\": 20, \"y\": 24, \"width\": 20, \"height\": 12}, \"points\": [{\"x\": 30, \"y\": 30}]}");
        assertDisc(30, 30, PointedModel.RADIUS, 0.6, both);
    }

    @Test
    void samePrompt_isAnsweredFromTheCache_andAnotherIsNot() throws Exception {
        byte[] image = image(50, 40);
        assertTrue(timing(image, 20).endsWith(", cache;desc=miss"));
        assertTrue(timing(image, 20).endsWith(", cache;desc=hit"));
        assertTrue(timing(image, 21).endsWith(", cache;desc=embedding"));
    }

    /// What the encoder made of an asset serves the next prompt; who wants the work done anew has the encoder run, too.
    @Test
    void anotherPrompt_doesNotRunTheEncoderAgain() throws Exception {
        byte[] image = image(51, 41);
        double hits = embeddings("hits_total");
        double misses = embeddings("misses_total");
        double entries = embeddings("entries");
        assertTrue(timing(image, 20).endsWith(", cache;desc=miss"));
        for (int x = 21; x < 23; x++) {
            assertTrue(timing(image, x).endsWith(", cache;desc=embedding"));
        }
        assertEquals(misses + 1, embeddings("misses_total"));
        assertEquals(hits + 2, embeddings("hits_total"));
        assertEquals(entries + 1, embeddings("entries"));
        assertTrue(embeddings("bytes") >= 3 * 4 * 4 * Float.BYTES);

        assertEquals(
                200,
                send("pointed", image, pointAt(20), "Cache-Control", "no-cache").statusCode());
        byte[] other = image(52, 41);
        assertEquals(
                200,
                send("pointed", other, pointAt(20), "Cache-Control", "no-store").statusCode());
        assertEquals(hits + 2, embeddings("hits_total"));
        assertEquals(entries + 1, embeddings("entries"));
    }

    /// An image that was opened is looked at and held: prompts name it by its digest.
    @Test
    void openedImage_isNamedByItsDigest() throws Exception {
        byte[] image = image(60, 44);
        String mark = "\"held\":true";
        HttpResponse<String> opened = open("pointed", image);
        assertEquals(200, opened.statusCode(), opened::body);
        assertTrue(opened.body().contains(mark), opened::body);
        JsonNode asset = JSON.readTree(opened.body()).path("asset");
        assertEquals(
                List.of(60, 44),
                List.of(asset.path("width").asInt(), asset.path("height").asInt()));
        assertEquals("pointed@1", opened.headers().firstValue("Firstpass-Model").orElseThrow());
        assertTrue(serverTiming(opened).endsWith(", cache;desc=miss"), () -> serverTiming(opened));
        HttpResponse<String> again = open("pointed", image);
        assertTrue(serverTiming(again).endsWith(", cache;desc=embedding"), () -> serverTiming(again));

        double predictions = predictions();
        String digest = asset.path("digest").asText();
        HttpResponse<String> clicked = byDigest(digest, pointAt(20));
        assertEquals(200, clicked.statusCode(), clicked::body);
        assertTrue(serverTiming(clicked).endsWith(", cache;desc=embedding"), () -> serverTiming(clicked));
        HttpResponse<String> whole = send("pointed", image, pointAt(20));
        assertEquals(
                JSON.readTree(whole.body()).path("annotations"),
                JSON.readTree(clicked.body()).path("annotations"));
        assertEquals(
                digest,
                JSON.readTree(clicked.body()).path("asset").path("digest").asText());
        assertEquals(predictions + 2, predictions(), "what is opened is no prediction");
    }

    @Test
    void imageThatNobodyOpened_isNotHeld() throws Exception {
        byte[] image = image(61, 44);
        assertEquals(200, send("pointed", image, pointAt(20)).statusCode());
        String digest = "sha256:" + Sha256.of(image);
        HttpResponse<String> refused = byDigest(digest, pointAt(20));
        assertEquals(404, refused.statusCode(), refused::body);
        assertEquals(
                "ASSET_NOT_HELD", JSON.readTree(refused.body()).path("reason").asText());
        HttpResponse<String> unkept = open("pointed", image, "Cache-Control", "no-store");
        assertTrue(unkept.body().contains("\"held\":false"), unkept::body);
        assertEquals(404, byDigest(digest, pointAt(20)).statusCode());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"digest\": \"sha256:12\"} | asset.digest",
                "{\"digest\": 3} | asset.digest",
                "{\"digest\": \"x\", \"base64\": \"\"} | asset",
            })
    void digestThatIsNone_isRefusedByName(String asset, String field) throws Exception {
        HttpResponse<String> refused = post("v1/models/pointed/prelabels", "{\"asset\": " + asset + "}");
        assertEquals(400, refused.statusCode(), refused::body);
        assertEquals(field, JSON.readTree(refused.body()).path("field").asText(), refused::body);
    }

    @Test
    void opening_ofWhatCannotBePointedAt_isRefused() throws Exception {
        HttpResponse<String> noPrompts = open("scores", image(50, 40));
        assertEquals(400, noPrompts.statusCode(), noPrompts::body);
        assertEquals("model", JSON.readTree(noPrompts.body()).path("field").asText());
        assertEquals(422, open("pointed", new byte[] {1, 2, 3}).statusCode());
        assertEquals(
                400,
                post("v1/models/pointed/assets?threshold=0.5", "{\"asset\": {\"base64\": \"\"}}")
                        .statusCode());
        assertEquals(404, open("nothing", image(50, 40)).statusCode());
    }

    private static HttpResponse<String> open(String model, byte[] image, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.url().resolve("v1/models/" + model + "/assets"))
                .header("Content-Type", "image/png")
                .POST(HttpRequest.BodyPublishers.ofByteArray(image));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> byDigest(String digest, String members) throws Exception {
        return post("v1/models/pointed/prelabels", "{\"asset\": {\"digest\": \"" + digest + "\"}" + members + "}");
    }

    private static HttpResponse<String> post(String path, String json) throws Exception {
        return http.send(
                HttpRequest.newBuilder(server.url().resolve(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String serverTiming(HttpResponse<String> response) {
        return response.headers().firstValue("Server-Timing").orElseThrow();
    }

    /// Answers of any kind; each is a prediction.
    private static double predictions() throws Exception {
        return scraped()
                .filter(line -> line.startsWith("firstpass_cache_answers_total"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    private static String pointAt(int x) {
        return ", \"prompt\": {\"points\": [{\"x\": " + x + ", \"y\": 20}]}";
    }

    private static double embeddings(String figure) throws Exception {
        String name = "firstpass_cache_" + figure + "{cache=\"embeddings\"} ";
        return scraped()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + "in " + scraped().toList()));
    }

    private static Stream<String> scraped() {
        try {
            return http.send(
                            HttpRequest.newBuilder(server.managementUrl().resolve("metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String timing(byte[] image, int x) throws Exception {
        HttpResponse<String> response = send("pointed", image, pointAt(x));
        return response.headers().firstValue("Server-Timing").orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pointed | '' | prompt",
                "pointed | , \"prompt\": {\"points\": [{\"x\": 10, \"y\": 41}]} | prompt.points[0]",
                "pointed | , \"prompt\": {\"points\": [{\"x\": 1, \"y\": 1}, {\"x\": -0.5, \"y\": 4}]} | prompt.points[1]",
                "pointed | , \"prompt\": {\"box\": {\"x\": 50, \"y\": 0, \"width\": 9, \"height\": 9}} | prompt.box",
                "pointed | , \"prompt\": {\"points\": []} | prompt.points",
                "pointed | , \"prompt\": {} | prompt",
                "scores | , \"prompt\": {\"points\": [{\"x\": 1, \"y\": 1}]} | prompt",
            })
    void promptThatCannotBe_isRefusedByName(String model, String members, String field) throws Exception {
        HttpResponse<String> response = send(model, image(50, 40), members);
        JsonNode problem = JSON.readTree(response.body());
        assertEquals(400, response.statusCode(), response::body);
        assertEquals("ARGUMENT_INVALID", problem.path("reason").asText());
        assertEquals(field, problem.path("field").asText(), response::body);
    }

    @Test
    void tooManyClicks_areRefused() throws Exception {
        String points =
                IntStream.range(0, 101).mapToObj(_ -> "{\"x\": 1, \"y\": 1}").collect(Collectors.joining(","));
        HttpResponse<String> response = send("pointed", image(50, 40), ", \"prompt\": {\"points\": [" + points + "]}");
        assertEquals(400, response.statusCode());
        assertEquals(
                "prompt.points", JSON.readTree(response.body()).path("field").asText());
    }

    @Test
    void catalogue_saysWhoTakesPrompts() throws Exception {
        assertTrue(get("v1/models/pointed").path("takesPrompt").asBoolean());
        assertTrue(get("v1/models/scores").path("takesPrompt").isBoolean());
        assertEquals(
                List.of("sam"),
                get("v1/families")
                        .path("families")
                        .valueStream()
                        .filter(family -> family.path("takesPrompt").asBoolean())
                        .map(family -> family.path("id").asText())
                        .toList());
    }

    private static JsonNode get(String path) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(server.url().resolve(path)).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
    }
}
