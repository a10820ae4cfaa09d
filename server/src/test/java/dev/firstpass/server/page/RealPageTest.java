package dev.firstpass.server.page;

import static dev.firstpass.server.page.PageActions.assertCovers;
import static dev.firstpass.server.page.PageActions.drop;
import static dev.firstpass.server.page.PageActions.dropOnly;
import static dev.firstpass.server.page.PageActions.screenshot;
import static dev.firstpass.server.page.PageActions.shape;
import static dev.firstpass.server.page.PageActions.shapes;
import static dev.firstpass.server.page.PageActions.shownIds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.server.e2e.RunningDemo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The page in Chromium against a whole server with the real models: what it shows and saves is what the server
/// answers.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RealPageTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// As Encord's rows have it.
    private static final Pattern TIME =
            Pattern.compile("[A-Z][a-z]{2}, \\d{1,2} [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");

    private final Chromium chromium = Chromium.launch();
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private RunningDemo server;

    @BeforeAll
    void start() throws InterruptedException {
        server = RunningDemo.start(folder.resolve("data"));
    }

    @AfterAll
    void close() {
        chromium.close();
        http.close();
        server.close();
    }

    @AfterEach
    void nothingWasComplainedOf() {
        chromium.requireQuiet();
    }

    @Test
    void drop_photo_everyBoxStandsWhereTheAnswerSays() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            byte[] dog = RunningDemo.photo("dog.jpg");
            drop(page, "dog.jpg", dog);
            Set<String> labels = shapes(page).all().stream()
                    .map(shape -> shape.getAttribute("data-label"))
                    .collect(Collectors.toSet());
            assertTrue(labels.containsAll(Set.of("bicycle", "dog", "car")), labels::toString);
            page.locator("#threshold").fill("0.05");
            JsonNode answer = answer("coco", "threshold=0.05", dog);
            assertShown(page, answer, "rect.line");
            assertTrue(shapes(page).count() > 3, "weak findings too");
        }
    }

    @ParameterizedTest
    @CsvSource({"salient, dog.jpg, mask, path.line", "text, page.png, polygon, path.line"})
    void model_ofOtherShapes_drawsThemInPlace(String model, String photo, String type, String part) throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.DARK)) {
            Page page = open(context);
            choose(page, model);
            byte[] bytes = RunningDemo.photo(photo);
            drop(page, photo, bytes);
            page.locator("#threshold").fill("0.05");
            JsonNode answer = answer(model, "threshold=0.05", bytes);
            assertShown(page, answer, part);
            assertEquals(
                    answer.path("annotations").size(),
                    page.locator(".shape[data-type=" + type + "]").count());
            screenshot(page, "real-" + model);
        }
    }

    /// The page offers what the server says a model can be asked for, and gets it.
    @ParameterizedTest
    @ValueSource(strings = {"coco", "salient", "text"})
    void shapes_chosen_areAnsweredInKind(String model) throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            choose(page, model);
            drop(page, "dog.jpg", RunningDemo.photo(model.equals("text") ? "page.png" : "dog.jpg"));
            JsonNode known = JSON.readTree(get("v1/models/" + model).body());
            List<String> others = texts(known.path("geometries")).stream()
                    .filter(other -> !other.equals(known.path("geometry").textValue()))
                    .toList();
            assertEquals(3, others.size(), known::toString);
            for (String other : others) {
                page.waitForResponse(
                        response -> response.url().contains("geometry=" + other),
                        () -> page.locator("#geometry").selectOption(other));
                page.waitForSelector("body[data-state=ready]");
                assertEquals(
                        List.of(other),
                        shapes(page).all().stream()
                                .map(shape -> shape.getAttribute("data-type"))
                                .distinct()
                                .toList());
            }
        }
    }

    /// The slider hides exactly what the server leaves out at the same threshold.
    @Test
    void slider_moved_showsWhatTheServerAnswersAtThatScore() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            byte[] dog = RunningDemo.photo("dog.jpg");
            drop(page, "dog.jpg", dog);
            int before = Integer.MAX_VALUE;
            for (String threshold : List.of("0.05", "0.2", "0.6", "0.9")) {
                page.locator("#threshold").fill(threshold);
                Set<String> expected = ids(answer("coco", "threshold=" + threshold, dog));
                assertEquals(expected, Set.copyOf(shownIds(page)), threshold);
                assertTrue(expected.size() < before, "each threshold leaves fewer");
                before = expected.size();
            }
        }
    }

    @Test
    void download_everyFormat_isTheAnswerByteForByte() throws Exception {
        List<String> formats = StreamSupport.stream(
                        JSON.readTree(get("v1/formats").body()).path("formats").spliterator(), false)
                .map(format -> format.path("id").textValue())
                .toList();
        assertTrue(formats.containsAll(List.of("firstpass", "labelbox", "coco", "label-studio")), formats::toString);
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            byte[] dog = RunningDemo.photo("dog.jpg");
            drop(page, "my dog.jpg", dog);
            page.locator("#threshold").fill("0.35");
            page.locator(".chip[data-label=car]").click();
            AtomicReference<APIResponse> answered = new AtomicReference<>();
            page.route("**/prelabels*", route -> {
                answered.set(route.fetch());
                route.fulfill(new Route.FulfillOptions().setResponse(answered.get()));
            });
            for (String format : formats) {
                page.locator("#format").selectOption(format);
                Download download =
                        page.waitForDownload(() -> page.locator("#download").click());
                byte[] saved = Files.readAllBytes(download.path());
                APIResponse answer = answered.get();
                assertTrue(answer.url().contains("format=" + format + "&"), answer.url());
                assertArrayEquals(answer.body(), saved, format);
                HttpResponse<byte[]> own = post(URI.create(answer.url()), dog);
                assertEquals(
                        withoutIdAndTime(
                                own.body(),
                                own.headers().firstValue("firstpass-prediction").orElseThrow()),
                        withoutIdAndTime(saved, String.valueOf(answer.headers().get("firstpass-prediction"))),
                        format);
            }
        }
    }

    @Test
    void command_runInAShell_savesWhatThePageSaves() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            page.locator(".card[data-name='coffee.jpg']").click();
            page.waitForSelector("body[data-state=ready]");
            Path there = Files.createDirectory(folder.resolve("command"));
            Process shell = new ProcessBuilder(
                            "sh", "-c", page.locator("#command").textContent())
                    .directory(there.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, shell.waitFor(), output);
            JsonNode saved = JSON.readTree(Files.readAllBytes(there.resolve("coffee.firstpass.json")));
            assertEquals(Set.copyOf(shownIds(page)), ids(saved));
            assertFalse(ids(saved).isEmpty());
        }
    }

    @Test
    void brokenFile_dropped_showsTheServersReason() throws Exception {
        byte[] dog = RunningDemo.photo("dog.jpg");
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            Map<String, byte[]> brokenFiles = Map.of(
                    "IMAGE_TRUNCATED", Arrays.copyOf(dog, dog.length / 2),
                    "IMAGE_UNDECODABLE", "not a photo".getBytes(StandardCharsets.UTF_8));
            for (var broken : brokenFiles.entrySet()) {
                JsonNode problem =
                        JSON.readTree(post("coco", "", broken.getValue()).body());
                dropOnly(page, "broken.jpg", broken.getValue());
                page.waitForSelector("body[data-state=failed]");
                assertEquals(broken.getKey(), page.locator("[data-fact=reason]").textContent());
                assertTrue(page.locator("#problem")
                        .textContent()
                        .contains(problem.path("detail").textValue()));
                assertEquals(0, shapes(page).count());
                chromium.takeBack(Chromium.FAILED_REQUEST);
                drop(page, "dog.jpg", dog);
                assertTrue(shapes(page).count() >= 3, "a good photo is answered again");
            }
        }
    }

    @Test
    void policy_ofThePage_letsInNothingInlineOrForeign() throws Exception {
        HttpResponse<byte[]> index = get("");
        String policy = index.headers().firstValue("content-security-policy").orElseThrow();
        assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"), policy);
        assertFalse(policy.contains("unsafe") || policy.contains("*") || policy.contains("http"), policy);
        String markup = new String(index.body(), StandardCharsets.UTF_8);
        assertFalse(markup.contains("style=") || markup.contains("onclick="), "nothing inline");
    }

    @Test
    void address_withModelAndSample_opensThem() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = chromium.listen(context, server.url());
            page.navigate(server.url() + "#model=text&sample=page.png");
            page.waitForSelector("body[data-state=ready]");
            assertTrue(page.locator("#provenance").textContent().startsWith("text@1"));
            assertTrue(shapes(page).count() >= 5);
        }
    }

    @Test
    void page_bothThemesAndPhone_fitTheirScreens() {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            String name = scheme == ColorScheme.LIGHT ? "light" : "dark";
            try (BrowserContext context = chromium.desktop(scheme)) {
                Page page = open(context);
                page.evaluate(
                        "Promise.all([...document.querySelectorAll('.card img')].map((image) => image.decode()))");
                screenshot(page, "real-start-" + name);
                drop(page, "dog.jpg", RunningDemo.photo("dog.jpg"));
                screenshot(page, "real-" + name);
            }
            try (BrowserContext context = chromium.phone(scheme)) {
                Page page = open(context);
                drop(page, "dog.jpg", RunningDemo.photo("dog.jpg"));
                assertEquals(390, page.evaluate("document.documentElement.scrollWidth"));
                screenshot(page, "real-phone-" + name);
            }
        }
    }

    private Page open(BrowserContext context) {
        return chromium.open(context, server.url());
    }

    private static void choose(Page page, String model) {
        page.locator(".pill:has(input[value=" + model + "])").click();
    }

    /// Shows each annotation of the answer and no other, each over its bounds.
    private static void assertShown(Page page, JsonNode answer, String part) {
        assertEquals(ids(answer), Set.copyOf(shownIds(page)));
        assertFalse(ids(answer).isEmpty());
        int width = answer.path("asset").path("width").intValue();
        for (JsonNode annotation : answer.path("annotations")) {
            JsonNode box = annotation.path("box");
            Locator drawn = shape(page, annotation.path("id").textValue()).locator(part);
            assertCovers(
                    page,
                    drawn,
                    width,
                    new Rect(
                            box.path("x").doubleValue(),
                            box.path("y").doubleValue(),
                            box.path("width").doubleValue(),
                            box.path("height").doubleValue()));
        }
    }

    private static Set<String> ids(JsonNode answer) {
        return StreamSupport.stream(answer.path("annotations").spliterator(), false)
                .map(annotation -> annotation.path("id").textValue())
                .collect(Collectors.toSet());
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    /// Each byte as one character, with what no two answers share left out: the id, and when they were written.
    private static String withoutIdAndTime(byte[] labels, String prediction) {
        String text = new String(labels, StandardCharsets.ISO_8859_1).replace(prediction, "PREDICTION");
        return TIME.matcher(text).replaceAll("TIME");
    }

    private JsonNode answer(String model, String query, byte[] photo) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = post(model, query, photo);
        assertEquals(200, response.statusCode());
        return JSON.readTree(response.body());
    }

    private HttpResponse<byte[]> post(String model, String query, byte[] photo)
            throws IOException, InterruptedException {
        return post(server.url().resolve("v1/models/" + model + "/prelabels?" + query), photo);
    }

    private HttpResponse<byte[]> post(URI address, byte[] photo) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(address)
                        .header("Content-Type", "image/jpeg")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(photo))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(server.url().resolve(path)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
