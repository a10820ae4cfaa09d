package dev.firstpass.server.page;

import static dev.firstpass.server.page.PageActions.assertCovers;
import static dev.firstpass.server.page.PageActions.drop;
import static dev.firstpass.server.page.PageActions.screenshot;
import static dev.firstpass.server.page.Prompted.answer;
import static dev.firstpass.server.page.Prompted.assertDrawn;
import static dev.firstpass.server.page.Prompted.click;
import static dev.firstpass.server.page.Prompted.drag;
import static dev.firstpass.server.page.Prompted.prompt;
import static dev.firstpass.server.page.Prompted.settle;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.MouseButton;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.e2e.PointedModel;
import dev.firstpass.server.e2e.RunningDemo;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Pointing at things on the page, in Chromium, against a whole server with a model that gives a disc around what is pointed at.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PromptPageTest {
    private static final int WIDTH = 400;

    /// Of the disc, in pixels of the photo.
    private static final double RADIUS = PointedModel.RADIUS * WIDTH / 64;

    private final Chromium chromium = Chromium.launch();
    private final HttpClient http = HttpClient.newHttpClient();
    private final byte[] photo = photo();

    @TempDir
    static Path folder;

    private FirstpassServer server;

    @BeforeAll
    void start() throws IOException {
        server = FirstpassServer.start(folder.resolve("data"), RunningDemo.ON_LOOPBACK, RuntimeConfig.forCores(2));
        var registered = server.runtime()
                .register(
                        new ModelName("pointed"),
                        PointedModel.write(folder.resolve("bundle")),
                        Optional.empty(),
                        ProgressListener.NONE);
        assertEquals(State.AVAILABLE, registered.version().state(), registered::failure);
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

    private static byte[] photo() {
        BufferedImage image = new BufferedImage(WIDTH, 300, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, 300);
        graphics.setColor(new Color(0xd8e4f0));
        graphics.fillOval(150, 100, 100, 100);
        graphics.dispose();
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Page open(BrowserContext context) {
        Page page = chromium.open(context, server.url());
        drop(page, "photo.png", photo);
        return page;
    }

    private static List<Request> requests(Page page, String ending) {
        List<Request> requests = new ArrayList<>();
        page.onRequest(request -> {
            if (request.url().split("\\?", 2)[0].endsWith(ending)) {
                requests.add(request);
            }
        });
        return requests;
    }

    private JsonNode asked(Request request) throws Exception {
        return answer(
                http, server.url(), "pointed", photo, prompt(request.postData()).toString());
    }

    private static Locator mask(Page page, int number) {
        return page.locator(".shape[data-id=object-" + number + "]");
    }

    private static List<String> about(Page page) {
        return page.locator(".object small").allTextContents();
    }

    /// Each click is a small request that names the photo, and what is drawn is the server's own answer to the same prompt.
    @Test
    void clicks_drawTheAnswerWhereTheyWere() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = chromium.open(context, server.url());
            List<Request> opened = requests(page, "/assets");
            List<Request> asked = requests(page, "/prelabels");
            drop(page, "photo.png", photo);
            assertTrue(page.locator("#hint").isVisible());
            assertEquals(
                    List.of(1, 0), List.of(opened.size(), asked.size()), "it was looked at, and nothing was asked");

            click(page, WIDTH, 200, 150, MouseButton.LEFT);
            settle(page);
            assertDrawn(asked(asked.getLast()), mask(page, 1));
            assertCovers(page, mask(page, 1).locator("path.line"), WIDTH, box(asked(asked.getLast())));
            Rect bounds = box(asked(asked.getLast()));
            assertEquals(200, bounds.x() + bounds.width() / 2, 4);
            assertEquals(150, bounds.y() + bounds.height() / 2, 4);
            assertEquals(2 * RADIUS, bounds.width(), 7);

            click(page, WIDTH, 100, 150, MouseButton.LEFT);
            click(page, WIDTH, 20, 20, MouseButton.RIGHT);
            settle(page);
            page.keyboard().down("Shift");
            click(page, WIDTH, 380, 20, MouseButton.LEFT);
            page.keyboard().up("Shift");
            page.locator("#brush input[value=background]").check(new Locator.CheckOptions().setForce(true));
            click(page, WIDTH, 380, 280, MouseButton.LEFT);
            settle(page);
            JsonNode points = prompt(asked.getLast().postData()).path("points");
            assertEquals(
                    List.of("foreground", "foreground", "background", "background", "background"),
                    points.valueStream()
                            .map(point -> point.path("label").textValue())
                            .toList());
            assertDrawn(asked(asked.getLast()), mask(page, 1));
            assertEquals(5, page.locator(".mark-point").count());
            assertEquals(List.of(1, 5), List.of(opened.size(), asked.size()));
            assertTrue(asked.getLast().postDataBuffer().length < 500, "the photo is not sent again");
            screenshot(page, "pointing");
        }
    }

    @Test
    void boxUndoClearAndObjects_askAndDrawWhatIsLeft() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.DARK)) {
            Page page = open(context);
            List<Request> asked = requests(page, "/prelabels");
            drag(page, WIDTH, 120, 90, 200, 170);
            settle(page);
            JsonNode box = prompt(asked.getLast().postData()).path("box");
            assertAll(
                    () -> assertEquals(120, box.path("x").doubleValue(), 0.6),
                    () -> assertEquals(90, box.path("y").doubleValue(), 0.6),
                    () -> assertEquals(80, box.path("width").doubleValue(), 0.6),
                    () -> assertEquals(80, box.path("height").doubleValue(), 0.6));
            assertDrawn(asked(asked.getLast()), mask(page, 1));
            String ofTheBox = mask(page, 1).locator("path.line").getAttribute("d");
            Rect drawn = box(asked(asked.getLast()));
            assertCovers(page, mask(page, 1).locator("path.line"), WIDTH, drawn);

            click(page, WIDTH, 300, 200, MouseButton.LEFT);
            settle(page);
            assertNotEquals(ofTheBox, mask(page, 1).locator("path.line").getAttribute("d"));
            page.locator("#undo").click();
            settle(page);
            assertEquals(ofTheBox, mask(page, 1).locator("path.line").getAttribute("d"));
            assertEquals(0, page.locator(".mark-point").count());

            page.locator("#another").click();
            click(page, WIDTH, 330, 220, MouseButton.LEFT);
            settle(page);
            assertEquals(2, page.locator(".shape").count());
            assertEquals(2, page.locator(".object").count());
            assertNotEquals(
                    mask(page, 1).evaluate("shape => shape.style.getPropertyValue('--label')"),
                    mask(page, 2).evaluate("shape => shape.style.getPropertyValue('--label')"));
            screenshot(page, "pointing-dark");
            page.keyboard().press("Delete");
            assertEquals("nothing pointed at yet", about(page).get(1));
            assertEquals(1, page.locator(".shape").count());
            page.keyboard().press("Control+z");
            settle(page);
            assertEquals(2, page.locator(".shape").count());
            page.locator("[aria-label='Remove object 2']").click();
            assertEquals(1, page.locator(".shape").count());
            page.locator("#undo").click();
            assertEquals(List.of("nothing pointed at yet"), about(page));
            assertEquals(0, page.locator(".shape").count());
        }
    }

    @Test
    void olderAnswer_comesLate_isNotDrawn() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            List<Request> asked = requests(page, "/prelabels");
            List<Request> givenUp = new ArrayList<>();
            page.onRequestFailed(givenUp::add);
            List<Route> held = new ArrayList<>();
            page.route("**/prelabels*", route -> {
                if (held.isEmpty()) {
                    held.add(route);
                } else {
                    route.resume();
                }
            });
            click(page, WIDTH, 60, 60, MouseButton.LEFT);
            page.waitForCondition(() -> !held.isEmpty());
            click(page, WIDTH, 300, 200, MouseButton.LEFT);
            settle(page);
            String drawn = mask(page, 1).locator("path.line").getAttribute("d");
            assertEquals(List.of(asked.getFirst()), givenUp, "nobody waits for it any more");
            assertDrawn(asked(asked.getLast()), mask(page, 1));
            APIResponse late = held.getFirst().fetch();
            held.getFirst().fulfill(new Route.FulfillOptions().setResponse(late));
            page.evaluate("() => new Promise((done) => setTimeout(done, 50))");
            assertEquals(drawn, mask(page, 1).locator("path.line").getAttribute("d"));
        }
    }

    /// Nobody has to have a mouse.
    @Test
    void keys_pointAtTheMiddle() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            List<Request> asked = requests(page, "/prelabels");
            page.locator("#stage").focus();
            page.keyboard().press("Enter");
            settle(page);
            JsonNode point = prompt(asked.getLast().postData()).path("points").path(0);
            assertEquals(200, point.path("x").doubleValue(), 0.5);
            assertEquals(150, point.path("y").doubleValue(), 0.5);
            assertTrue(page.locator("#status").textContent().startsWith("Object 1: mask, "));
            page.keyboard().press("ArrowRight");
            page.keyboard().press("Shift+Enter");
            settle(page);
            JsonNode second = prompt(asked.getLast().postData()).path("points").path(1);
            assertEquals("background", second.path("label").textValue());
            assertTrue(second.path("x").doubleValue() > 210, second::toString);
            page.keyboard().press("n");
            page.keyboard().press("b");
            page.keyboard().press("ArrowRight");
            page.keyboard().press("ArrowDown");
            page.keyboard().press("b");
            settle(page);
            JsonNode prompt = prompt(asked.getLast().postData());
            assertFalse(prompt.has("points"));
            assertTrue(prompt.path("box").path("width").doubleValue() > 10, prompt::toString);
            assertEquals(2, page.locator(".shape").count());
        }
    }

    /// The server may have forgotten the photo: it is opened again, and the click is answered.
    @Test
    void photoThatIsNotHeldAnyMore_isOpenedAgain() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            List<Request> opened = requests(page, "/assets");
            page.route(
                    "**/prelabels*",
                    route -> route.fulfill(new Route.FulfillOptions()
                            .setStatus(404)
                            .setContentType("application/problem+json")
                            .setBody("{\"reason\": \"ASSET_NOT_HELD\", \"title\": \"gone\"}")),
                    new Page.RouteOptions().setTimes(1));
            click(page, WIDTH, 200, 150, MouseButton.LEFT);
            settle(page);
            chromium.takeBack(Chromium.FAILED_REQUEST);
            assertEquals(1, opened.size());
            JsonNode same = answer(http, server.url(), "pointed", photo, "{\"points\": [{\"x\": 200, \"y\": 150}]}");
            assertCovers(page, mask(page, 1).locator("path.line"), WIDTH, box(same));
            page.route("**/prelabels*", route -> route.abort());
            click(page, WIDTH, 100, 150, MouseButton.LEFT);
            settle(page);
            assertTrue(
                    about(page).getFirst().endsWith(": no answer"),
                    () -> about(page).toString());
            chromium.takeBack(Chromium.FAILED_REQUEST);
        }
    }

    @Test
    void download_ofAnObject_isTheAnswerByteForByte() throws Exception {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            assertTrue(page.locator("#download").isDisabled());
            click(page, WIDTH, 200, 150, MouseButton.LEFT);
            settle(page);
            page.locator("#geometry").selectOption("polygon");
            settle(page);
            page.waitForSelector(".shape[data-type=polygon]");
            page.locator("#format").selectOption("label-studio");
            AtomicReference<APIResponse> answered = new AtomicReference<>();
            page.route("**/prelabels*", route -> {
                answered.set(route.fetch());
                route.fulfill(new Route.FulfillOptions().setResponse(answered.get()));
            });
            Download download =
                    page.waitForDownload(() -> page.locator("#download").click());
            assertArrayEquals(answered.get().body(), Files.readAllBytes(download.path()));
            assertEquals("photo.object-1.label-studio.json", download.suggestedFilename());
            String command = page.locator("#command").textContent();
            assertTrue(command.contains("-F 'image=@\"photo.png\"'") && command.contains("\"prompt\""), command);
            page.unroute("**/prelabels*");

            page.keyboard().press("n");
            click(page, WIDTH, 80, 80, MouseButton.LEFT);
            settle(page);
            List<String> saved = new ArrayList<>();
            page.onDownload(each -> saved.add(each.suggestedFilename()));
            page.locator("#download-each").click();
            page.waitForCondition(() -> saved.size() == 2);
            assertEquals(List.of("photo.object-1.label-studio.json", "photo.object-2.label-studio.json"), saved);
        }
    }

    @Test
    void phone_tapsPointAndTheToolsFit() throws Exception {
        try (BrowserContext context = chromium.phone(ColorScheme.LIGHT)) {
            Page page = open(context);
            List<Request> asked = requests(page, "/prelabels");
            double[] at = Prompted.onScreen(page, WIDTH, 250, 200);
            page.touchscreen().tap(at[0], at[1]);
            settle(page);
            JsonNode point = prompt(asked.getLast().postData()).path("points").path(0);
            assertEquals(250, point.path("x").doubleValue(), 1.5);
            assertEquals(390, page.evaluate("document.documentElement.scrollWidth"));
            screenshot(page, "pointing-phone");
        }
    }

    private static Rect box(JsonNode answer) {
        JsonNode box = answer.path("annotations").path(0).path("box");
        return new Rect(
                box.path("x").doubleValue(),
                box.path("y").doubleValue(),
                box.path("width").doubleValue(),
                box.path("height").doubleValue());
    }
}
