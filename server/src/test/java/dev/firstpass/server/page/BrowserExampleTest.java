package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import com.sun.net.httpserver.HttpServer;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.listen.Listeners;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// The example in docs/integrations, as it stands there, in Chromium and from another origin than the server's.
final class BrowserExampleTest {
    private static final Path EXAMPLE = Path.of("../docs/integrations/browser.html");

    private static final String ANSWER = "{\"model\": {\"name\": \"coco\", \"version\": 2}, \"annotations\": ["
            + "{\"label\": \"dog\", \"score\": 0.75, \"box\": {\"x\": 100, \"y\": 50, \"width\": 200, \"height\": 150}},"
            + "{\"label\": \"leaf\", \"score\": 0.5, \"box\": {\"x\": 400, \"y\": 100, \"width\": 80, \"height\": 80},"
            + " \"polygon\": {\"parts\": [[[[400, 100], [480, 100], [480, 180], [400, 180]]]]}}]}";

    @Test
    void page_ofAnotherOrigin_drawsWhatTheServerAnswers() throws IOException {
        try (Chromium chromium = Chromium.launch()) {
            HttpServer pages = serve(Files.readAllBytes(EXAMPLE));
            String origin = "http://127.0.0.1:" + pages.getAddress().getPort();
            FakeBackend backend = new FakeBackend(Limits.STANDARD, InstantSource.system());
            backend.behaviour = BrowserExampleTest::answer;
            Listeners listeners = new Listeners(config(origin), backend.backend());
            listeners.start();
            try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
                Page page = context.newPage();
                page.navigate(origin + "/?server=" + server(listeners));
                choose(page);
                page.waitForFunction("document.querySelector('#told').textContent.startsWith('2 labels of coco@2')");
                assertEquals(List.of(640, 320), page.evaluate("[canvas.width, canvas.height]"));
                for (String drawn : List.of("100, 120", "300, 120", "200, 200", "400, 140", "440, 180")) {
                    assertEquals(List.of(255, 61, 0), pixel(page, drawn), drawn);
                }
                assertEquals(List.of(90, 90, 90), pixel(page, "200, 150"));
                PageActions.screenshot(page, "browser-example");

                // A page of an origin that nobody named: the browser lets it read nothing.
                page.navigate(origin.replace("127.0.0.1", "localhost") + "/?server=" + server(listeners));
                choose(page);
                page.waitForFunction("document.querySelector('#told').textContent === 'Failed to fetch'");
            } finally {
                listeners.close();
                pages.stop(0);
            }
        }
    }

    private static void choose(Page page) throws IOException {
        BufferedImage photo = new BufferedImage(640, 320, BufferedImage.TYPE_INT_RGB);
        Arrays.fill(((DataBufferInt) photo.getRaster().getDataBuffer()).getData(), 0x5a5a5a);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(photo, "png", png);
        page.setInputFiles("#photo", new FilePayload("photo.png", "image/png", png.toByteArray()));
    }

    private static Object pixel(Page page, String place) {
        return page.evaluate("[...canvas.getContext('2d').getImageData(" + place + ", 1, 1).data].slice(0, 3)");
    }

    private static PrelabelAnswer answer(PrelabelRequest request) {
        PrelabelAnswer dog = FakeBackend.answer(request);
        return new PrelabelAnswer(
                dog.prelabels(),
                ANSWER.getBytes(StandardCharsets.UTF_8),
                dog.mediaType(),
                dog.fileName(),
                dog.report(),
                dog.times(),
                dog.cache());
    }

    private static URI server(Listeners listeners) {
        return URI.create("http://127.0.0.1:" + listeners.dataPort());
    }

    private static ServerConfig config(String origin) {
        return new ServerConfig(
                new ListenerConfig("127.0.0.1", 0, List.of(), List.of(origin)),
                ListenerConfig.loopback(0),
                OptionalInt.empty(),
                false,
                Limits.STANDARD,
                Duration.ZERO,
                Duration.ofSeconds(5));
    }

    private static HttpServer serve(byte[] page) throws IOException {
        HttpServer pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        pages.start();
        assertTrue(page.length > 0);
        return pages;
    }
}
