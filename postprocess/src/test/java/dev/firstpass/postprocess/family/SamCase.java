package dev.firstpass.postprocess.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.tensor.ModelSignature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One folder of `sam/`: a prompt, how the original turns it into a decoder's inputs, what a real decoder put out for it, and
/// the mask that the original makes of that. `sam_cases.py` has written them.
record SamCase(JsonNode answer, FakeOutputs outputs) {
    private static final JsonMapper JSON = new JsonMapper();

    static SamCase read(String name) {
        Path folder = root().resolve(name);
        FakeOutputs outputs = new FakeOutputs();
        try {
            for (String output : List.of("masks", "iou_predictions")) {
                outputs.with(NpyFile.read(folder.resolve(output + ".npy"), output));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new SamCase(json(folder.resolve("answer.json")), outputs);
    }

    /// As the real files are recognised.
    static ModelSpec spec() {
        Map<String, ModelSignature> files =
                Map.of("encoder.onnx", signature("encoder.onnx"), "sam.onnx", signature("sam.onnx"));
        return new SamFamily().assemble(files).orElseThrow().recognition().spec();
    }

    private static ModelSignature signature(String file) {
        return GoldenCase.signature(json(root().resolve(file + ".json")));
    }

    private static Path root() {
        try {
            return Path.of(SamCase.class.getResource("/sam").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ImageSize asset() {
        return new ImageSize(
                answer.path("asset").path(0).asInt(),
                answer.path("asset").path(1).asInt());
    }

    Prompt prompt() {
        List<Prompt.Click> clicks = answer.path("prompt")
                .path("points")
                .valueStream()
                .map(point -> new Prompt.Click(
                        new Point(point.path(0).asDouble(), point.path(1).asDouble()),
                        point.path(2).asInt() == 1))
                .toList();
        JsonNode box = answer.path("prompt").path("box");
        return box.isMissingNode()
                ? new Prompt.Points(clicks)
                : new Prompt.Box(
                        Rect.ofCorners(
                                box.path(0).asDouble(),
                                box.path(1).asDouble(),
                                box.path(2).asDouble(),
                                box.path(3).asDouble()),
                        clicks);
    }

    List<Float> coordinates() {
        List<Float> coordinates = new ArrayList<>();
        answer.path("coords").forEach(point -> point.forEach(one -> coordinates.add(one.floatValue())));
        return coordinates;
    }

    List<Float> labels() {
        return answer.path("labels").valueStream().map(JsonNode::floatValue).toList();
    }

    int index() {
        return answer.path("index").asInt();
    }

    double score() {
        return answer.path("score").asDouble();
    }

    RunLengths mask() {
        return CocoRle.decode(answer.path("mask").asText(), asset());
    }
}
