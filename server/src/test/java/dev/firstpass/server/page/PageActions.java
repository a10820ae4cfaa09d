package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import dev.firstpass.postprocess.geometry.Rect;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/// What a user does on the page, and where things are on the screen.
final class PageActions {
    /// Screenshots go there, to be looked at.
    private static final Path SCREENSHOTS = Path.of("target", "page");

    /// Screen pixels; what the eye cannot tell apart.
    private static final double TOLERANCE = 0.1;

    private static final String DROP = """
            ([name, type, base64]) => {
              const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([bytes], name, { type }));
              for (const type of ['dragenter', 'dragover', 'drop']) {
                document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
              }
            }
            """;

    private PageActions() {}

    /// Drops a file, and waits for its labels.
    static void drop(Page page, String name, byte[] bytes) {
        dropOnly(page, name, bytes);
        page.waitForSelector("body[data-state=ready]");
    }

    static void dropOnly(Page page, String name, byte[] bytes) {
        String type = name.endsWith(".png") ? "image/png" : "image/jpeg";
        page.evaluate(DROP, List.of(name, type, Base64.getEncoder().encodeToString(bytes)));
    }

    static Locator shapes(Page page) {
        return page.locator(".shape:not([hidden])");
    }

    static Locator shape(Page page, String id) {
        return page.locator(".shape[data-id='" + id + "']");
    }

    @SuppressWarnings("unchecked") // the script gives strings
    static List<String> shownIds(Page page) {
        return (List<String>) shapes(page).evaluateAll("shapes => shapes.map((shape) => shape.dataset.id)");
    }

    /// A part of a shape covers these asset pixels on the screen.
    static void assertCovers(Page page, Locator part, int assetWidth, Rect expected) {
        BoundingBox photo = page.locator("#photo").boundingBox();
        double scale = photo.width / assetWidth;
        Rect seen = onScreen(part);
        assertAll(
                part.toString(),
                () -> assertEquals(photo.x + expected.x() * scale, seen.x(), TOLERANCE, "x"),
                () -> assertEquals(photo.y + expected.y() * scale, seen.y(), TOLERANCE, "y"),
                () -> assertEquals(expected.width() * scale, seen.width(), TOLERANCE, "width"),
                () -> assertEquals(expected.height() * scale, seen.height(), TOLERANCE, "height"));
    }

    /// Of the geometry alone. (Playwright's own bounding box has the stroke in it.)
    private static Rect onScreen(Locator part) {
        List<?> numbers =
                (List<?>) part.evaluate("(part) => { const { x, y, width, height } = part.getBoundingClientRect();"
                        + " return [x, y, width, height]; }");
        List<Double> box =
                numbers.stream().map(number -> ((Number) number).doubleValue()).toList();
        return new Rect(box.get(0), box.get(1), box.get(2), box.get(3));
    }

    static void screenshot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }
}
