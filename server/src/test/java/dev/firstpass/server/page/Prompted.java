package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.MouseButton;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;

/// What a user points at on the page, and the masks that are drawn of it.
///
/// Pure functions.
final class Prompted {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// A mask that is drawn is as good as this: nobody waits for an answer any more.
    private static final String SETTLED = "() => !document.querySelector('.object-row[data-state=waiting]')"
            + " && document.body.dataset.state === 'ready'";

    private Prompted() {}

    /// Where a point of an asset is on the screen.
    ///
    /// @param width of the asset
    static double[] onScreen(Page page, int width, double x, double y) {
        BoundingBox photo = page.locator("#photo").boundingBox();
        double scale = photo.width / width;
        return new double[] {photo.x + x * scale, photo.y + y * scale};
    }

    static void click(Page page, int width, double x, double y, MouseButton button) {
        double[] at = onScreen(page, width, x, y);
        page.mouse().click(at[0], at[1], new Mouse.ClickOptions().setButton(button));
    }

    static void drag(Page page, int width, double x, double y, double toX, double toY) {
        double[] from = onScreen(page, width, x, y);
        double[] to = onScreen(page, width, toX, toY);
        page.mouse().move(from[0], from[1]);
        page.mouse().down();
        page.mouse().move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
        page.mouse().move(to[0], to[1]);
        page.mouse().up();
    }

    static void settle(Page page) {
        page.waitForFunction(SETTLED);
    }

    /// The prompt that a request has carried.
    static JsonNode prompt(String body) throws IOException {
        return JSON.readTree(body).path("prompt");
    }

    /// What the server answers when it is asked with the image itself.
    ///
    /// @param server with a slash at the end
    static JsonNode answer(HttpClient http, URI server, String model, byte[] image, String prompt)
            throws IOException, InterruptedException {
        String body = "{\"asset\": {\"base64\": \"" + Base64.getEncoder().encodeToString(image) + "\"}, \"prompt\": "
                + prompt + "}";
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(server.resolve("v1/models/" + model + "/prelabels?threshold=0&timeout=2m"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        return JSON.readTree(response.body());
    }

    /// The only mask of an answer.
    static BitMask mask(JsonNode answer) {
        assertEquals(1, answer.path("annotations").size(), answer::toString);
        ImageSize size = new ImageSize(
                answer.path("asset").path("width").asInt(),
                answer.path("asset").path("height").asInt());
        JsonNode mask = answer.path("annotations").path(0).path("mask");
        return CocoRle.decode(mask.path("counts").asText(), size).toBitMask();
    }

    /// The pixels that a drawn outline has in it.
    static boolean[][] drawn(Locator shape, ImageSize size) {
        BufferedImage canvas = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = canvas.createGraphics();
        graphics.fill(path(shape.locator("path.line").getAttribute("d")));
        graphics.dispose();
        byte[] pixels = ((DataBufferByte) canvas.getRaster().getDataBuffer()).getData();
        boolean[][] set = new boolean[size.height()][size.width()];
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                set[y][x] = pixels[y * size.width() + x] != 0;
            }
        }
        return set;
    }

    private static Path2D path(String outline) {
        Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
        for (String ring : outline.split("Z", 0)) {
            String[] points = ring.substring(1).split("L", 0);
            for (int i = 0; i < points.length; i++) {
                String[] at = points[i].split(" ", 0);
                double x = Double.parseDouble(at[0]);
                double y = Double.parseDouble(at[1]);
                if (i == 0) {
                    path.moveTo(x, y);
                } else {
                    path.lineTo(x, y);
                }
            }
            path.closePath();
        }
        return path;
    }

    /// The mask that is drawn is that of the answer, pixel by pixel.
    static void assertDrawn(JsonNode answer, Locator shape) {
        BitMask expected = mask(answer);
        boolean[][] drawn = drawn(shape, expected.size());
        int differing = 0;
        for (int y = 0; y < expected.size().height(); y++) {
            for (int x = 0; x < expected.size().width(); x++) {
                differing += expected.get(x, y) == drawn[y][x] ? 0 : 1;
            }
        }
        assertEquals(0, differing, "pixels of " + expected.area());
    }
}
