package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto.DataType;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file that is exported with its postprocessor and wants to be told the size of the image, as RT-DETR's and D-FINE's are: it
/// registers as it is, and its boxes lie where they should in an asset of another size.
final class SizeInputTest {
    @TempDir
    private Path folder;

    @Test
    void detectorWithASizeInput_registersByItselfAndItsBoxesAreInAssetPixels() throws Exception {
        Path file = folder.resolve("rtdetr.onnx");
        Files.write(file, OnnxParts.named(detector(), "['thing']").toByteArray());
        try (FirstpassServer server = FirstpassServer.start(
                        folder.resolve("data"), DemoServer.ON_LOOPBACK, RuntimeConfig.forCores(2));
                HttpClient http = HttpClient.newHttpClient()) {
            assertEquals(
                    "",
                    server.runtime()
                            .register(new ModelName("m"), file, Optional.empty(), ProgressListener.NONE)
                            .failure());

            JsonNode body = new ObjectMapper()
                    .readTree(http.send(
                                    HttpRequest.newBuilder(server.url().resolve("v1/models/m/prelabels"))
                                            .header("Content-Type", "image/jpeg")
                                            .POST(BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                                            .build(),
                                    BodyHandlers.ofByteArray())
                            .body());

            double width = body.path("asset").path("width").asDouble();
            double height = body.path("asset").path("height").asDouble();
            JsonNode box = body.path("annotations").path(0).path("box");
            assertEquals(width / 4, box.path("x").asDouble(), 0.01, body::toString);
            assertEquals(height / 2, box.path("y").asDouble(), 0.01);
            assertEquals(width / 2, box.path("width").asDouble(), 0.01);
            assertEquals(height / 4, box.path("height").asDouble(), 0.01);
        }
    }

    /// Of rows of 16 x 8: one thing, whose corners are shares of the size that it is told.
    private static GraphProto.Builder detector() {
        return GraphProto.newBuilder()
                .setName("main")
                .addInput(OnnxParts.value("images", DataType.FLOAT, OnnxParts.OPEN, 3, 8, 16))
                .addInput(OnnxParts.value("orig_target_sizes", DataType.INT64, OnnxParts.OPEN, 2))
                .addOutput(OnnxParts.value("labels", DataType.INT64, OnnxParts.OPEN, 1))
                .addOutput(OnnxParts.value("boxes", DataType.FLOAT, OnnxParts.OPEN, 1, 4))
                .addOutput(OnnxParts.value("scores", DataType.FLOAT, OnnxParts.OPEN, 1))
                .addInitializer(OnnxParts.floats("shares", List.of(1L, 4L), .25f, .5f, .75f, .75f))
                .addInitializer(OnnxParts.floats("zero", List.of(1L), 0))
                .addInitializer(OnnxParts.floats("score", List.of(1L), .9f))
                .addInitializer(OnnxParts.longs("axis", 1))
                .addNode(OnnxParts.node("Cast", "sides", "orig_target_sizes").addAttribute(OnnxParts.whole("to", 1)))
                .addNode(OnnxParts.node("Concat", "corners", "sides", "sides").addAttribute(OnnxParts.whole("axis", 1)))
                .addNode(OnnxParts.node("Mul", "box", "corners", "shares"))
                .addNode(OnnxParts.node("Unsqueeze", "boxes", "box", "axis"))
                .addNode(OnnxParts.node("ReduceMean", "mean", "images")
                        .addAttribute(OnnxParts.wholes("axes", 1, 2, 3))
                        .addAttribute(OnnxParts.whole("keepdims", 0)))
                .addNode(OnnxParts.node("Mul", "nothing", "mean", "zero"))
                .addNode(OnnxParts.node("Unsqueeze", "column", "nothing", "axis"))
                .addNode(OnnxParts.node("Add", "scores", "column", "score"))
                .addNode(OnnxParts.node("Cast", "labels", "column").addAttribute(OnnxParts.whole("to", 7)));
    }
}
