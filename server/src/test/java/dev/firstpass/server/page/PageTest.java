package dev.firstpass.server.page;

import static dev.firstpass.server.page.PageActions.assertCovers;
import static dev.firstpass.server.page.PageActions.drop;
import static dev.firstpass.server.page.PageActions.dropOnly;
import static dev.firstpass.server.page.PageActions.screenshot;
import static dev.firstpass.server.page.PageActions.shape;
import static dev.firstpass.server.page.PageActions.shapes;
import static dev.firstpass.server.page.PageActions.shownIds;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import dev.firstpass.postprocess.geometry.Rect;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Drives the page in Chromium against [CannedServer].
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PageTest {
    private final byte[] photo = photo();
    private final CannedServer server;
    private final Chromium chromium = Chromium.launch();

    PageTest() throws IOException {
        server = new CannedServer(photo);
    }

    @AfterAll
    void close() {
        chromium.close();
        server.close();
    }

    @AfterEach
    void nothingWasComplainedOf() {
        chromium.requireQuiet();
    }

    @Test
    void drop_photo_boxesStandAtTheirPlace() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            BoundingBox image = page.locator("#photo").boundingBox();
            assertAll(
                    () -> assertEquals(2, shapes(page).count()),
                    () -> assertBox(page, "dog-1", 40, 60, 120, 90),
                    () -> assertBox(page, "car-1", 200.5, 100.25, 150, 180),
                    () -> assertEquals("0 0 400 300", page.locator("#shapes").getAttribute("viewBox")),
                    () -> assertEquals(4.0 / 3, image.width / image.height, 1e-3));
        }
    }

    @Test
    void zoom_byKeys_boxesStayOnThePhoto() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            double before = page.locator("#photo").boundingBox().width;
            page.locator("#stage").focus();
            page.keyboard().press("+");
            page.keyboard().press("+");
            page.keyboard().press("ArrowRight");
            BoundingBox image = page.locator("#photo").boundingBox();
            assertEquals(before * 1.25 * 1.25, image.width, 0.5);
            assertBox(page, "dog-1", 40, 60, 120, 90);
        }
    }

    @Test
    void slider_moved_filtersPictureListAndCommand() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            page.locator("#threshold").fill("0.7");
            assertAll(
                    () -> assertEquals(List.of("dog-1"), shownIds(page)),
                    () -> assertEquals(1, page.locator(".finding:visible").count()),
                    () -> assertEquals("1 of 3", page.locator("#count").textContent()),
                    () -> assertTrue(page.locator("#command").textContent().contains("threshold=0.7&")));
            page.locator("#threshold").fill("0.05");
            assertEquals(3, shapes(page).count());
        }
    }

    @Test
    void label_switchedOff_isGoneEverywhere() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            page.locator(".chip[data-label=dog]").click();
            assertEquals(List.of("car-1"), shownIds(page));
            assertTrue(page.locator("#command").textContent().contains("classes=car&"));
        }
    }

    @Test
    void list_walkedByKeys_marksThePicture() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            page.locator(".finding").first().focus();
            page.keyboard().press("ArrowDown");
            assertEquals("car-1", page.locator(".shape.on").getAttribute("data-id"));
            page.locator(".shape[data-id=dog-1] .line").click();
            assertEquals("dog-1", page.locator(".finding[aria-selected=true]").getAttribute("data-id"));
        }
    }

    @Test
    void download_anyFormat_isTheAnswerByteForByte() throws IOException {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "my photo.png", photo);
            page.locator("#threshold").fill("0.35");
            page.locator("#format").selectOption("label-studio");
            Download download =
                    page.waitForDownload(() -> page.locator("#download").click());
            CannedServer.Exchange last = server.exchanges().getLast();
            assertArrayEquals(last.answer(), Files.readAllBytes(download.path()));
            assertArrayEquals(photo, last.photo());
            assertEquals("my photo.label-studio.json", download.suggestedFilename());
            assertEquals("format=label-studio&threshold=0.35&asset-id=my%20photo.png", last.query());
        }
    }

    @Test
    void command_afterAnAnswer_namesWhatTheDownloadAsks() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "it's.png", photo);
            String command = page.locator("#command").textContent();
            assertEquals(
                    "curl -sS '" + server.address()
                            + "v1/models/boxes/prelabels?format=firstpass&threshold=0.5&asset-id=it%27s.png' \\\n"
                            + "  -H 'Content-Type: image/png' \\\n"
                            + "  --data-binary '@it'\\''s.png' \\\n"
                            + "  -o 'it'\\''s.firstpass.json'",
                    command);
        }
    }

    @Test
    void mask_answered_isOutlinedOnPixelEdges() {
        try (BrowserContext context = chromium.desktop(ColorScheme.DARK)) {
            Page page = open(context);
            page.locator(".pill", new Page.LocatorOptions().setHasText("masks")).click();
            drop(page, "photo.png", photo);
            Locator mask = page.locator(".shape[data-id=mask-1]");
            assertEquals(
                    "M102 50L102 51L101 51L101 52L100 52L100 50ZM251 200L251 201L250 201L250 200Z",
                    mask.locator(".line").getAttribute("d"));
            assertEquals("151", mask.locator("image").getAttribute("width"));
            screenshot(page, "mask-dark");
        }
    }

    @Test
    void time_answered_isShownByStage() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            assertEquals(
                    List.of("decode", "4.0 ms", "model", "6.0 ms"),
                    page.locator(".time-key :is(dt, dd)").allTextContents());
            assertTrue(page.locator(".time-sums").textContent().startsWith("11 ms on the server"));
        }
    }

    @Test
    void model_thatLooksAtAllOfAPhoto_hasNoToolsForPointing() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            drop(page, "photo.png", photo);
            assertAll(
                    () -> assertEquals(0, page.locator(".of-pointing:visible").count()),
                    () -> assertTrue(page.locator("#findings").isVisible()));
        }
    }

    @Test
    void brokenFile_dropped_showsReasonDetailAndRequest() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            dropOnly(page, "cut.png", Arrays.copyOf(photo, photo.length / 2));
            page.waitForSelector("body[data-state=failed]");
            assertAll(
                    () -> assertEquals(
                            "IMAGE_TRUNCATED",
                            page.locator("[data-fact=reason]").textContent()),
                    () -> assertEquals(
                            "request-cut", page.locator("[data-fact=request]").textContent()),
                    () -> assertTrue(page.locator("#problem").textContent().contains("ends inside a chunk")),
                    () -> assertEquals(0, shapes(page).count()));
            screenshot(page, "broken-file");
            chromium.takeBack(Chromium.FAILED_REQUEST);
        }
    }

    @Test
    void server_gone_isSaidAndTriedAgain() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            page.route("**/prelabels*", route -> route.abort());
            dropOnly(page, "photo.png", photo);
            page.waitForSelector("body[data-state=failed]");
            assertTrue(page.locator("#problem").textContent().contains("does not answer"));
            chromium.takeBack(Chromium.FAILED_REQUEST);
            page.unroute("**/prelabels*");
            page.locator("#problem button").click();
            page.waitForSelector("body[data-state=ready]");
            assertEquals(2, shapes(page).count());
        }
    }

    @Test
    void theme_chosen_lastsOverAReload() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            page.locator("#theme").click();
            page.locator("#theme").click();
            page.reload();
            assertEquals("dark", page.locator("html").getAttribute("data-theme"));
            assertEquals("Theme: dark", page.locator("#theme").getAttribute("aria-label"));
        }
    }

    @Test
    void page_bothThemesAndPhone_fitTheirScreens() {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            String name = scheme == ColorScheme.LIGHT ? "light" : "dark";
            try (BrowserContext context = chromium.desktop(scheme)) {
                Page page = open(context);
                screenshot(page, "start-" + name);
                drop(page, "photo.png", photo);
                screenshot(page, name);
            }
            try (BrowserContext context = chromium.phone(scheme)) {
                Page page = open(context);
                assertEquals(390, page.evaluate("document.documentElement.scrollWidth"));
                drop(page, "photo.png", photo);
                assertEquals(390, page.evaluate("document.documentElement.scrollWidth"));
                screenshot(page, "phone-" + name);
            }
        }
    }

    private Page open(BrowserContext context) {
        return chromium.open(context, server.address());
    }

    /// The box has these asset pixels in the document, and covers them on the screen too.
    private static void assertBox(Page page, String id, double x, double y, double width, double height) {
        Locator line = shape(page, id).locator("rect.line");
        assertAll(
                id,
                () -> assertEquals(x, Double.parseDouble(line.getAttribute("x"))),
                () -> assertEquals(y, Double.parseDouble(line.getAttribute("y"))),
                () -> assertEquals(width, Double.parseDouble(line.getAttribute("width"))),
                () -> assertEquals(height, Double.parseDouble(line.getAttribute("height"))),
                () -> assertCovers(page, line, 400, new Rect(x, y, width, height)));
    }

    private static byte[] photo() {
        BufferedImage image = new BufferedImage(400, 300, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, new Color(0x9cc4e4), 0, 300, new Color(0x55703a)));
        graphics.fillRect(0, 0, 400, 300);
        graphics.setPaint(new Color(0x6b4a2b));
        graphics.fillRect(40, 60, 120, 90);
        graphics.setPaint(new Color(0xb03a2e));
        graphics.fillRect(200, 100, 150, 180);
        graphics.dispose();
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
