package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.format.FilesInMemory;
import dev.firstpass.postprocess.format.LabelReader;
import dev.firstpass.postprocess.format.LabelReaders;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Holds the figures against those that pycocotools 2.0.11 gives for the same labels and findings; `evaluation.py` in
/// src/test/interop made both.
final class CocoFiguresTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final double TOLERANCE = 1e-9;

    @ParameterizedTest
    @ValueSource(strings = {"boxes", "shapes", "photos", "joints", "joints-of-five"})
    void figures_always_areThoseOfPycocotools(String name) throws IOException {
        JsonNode expected = resource(name + "/expected.json");
        DetectionFigures figures = evaluate(name, expected.path("kind").asText());

        assertFigure(expected.path("ap"), figures.ap(), "AP");
        assertFigure(expected.path("ap50"), figures.ap50(), "AP50");
        assertFigure(expected.path("ap75"), figures.ap75(), "AP75");
        assertFigure(expected.path("ar100"), figures.ar100(), "AR100");
        assertFalse(figures.ap().isEmpty());
        assertFalse(expected.path("sizes").isEmpty());
        for (Map.Entry<String, JsonNode> size : expected.path("sizes").properties()) {
            SizeRange range = SizeRange.valueOf(size.getKey().toUpperCase(Locale.ROOT));
            assertFigure(size.getValue().path("ap"), figures.ap(range), size.getKey() + " AP");
            assertFigure(size.getValue().path("ar100"), figures.ar100(range), size.getKey() + " AR");
        }
        assertEquals(expected.path("classes").size(), figures.classes().size());
        for (ClassFigures one : figures.classes()) {
            JsonNode wanted = expected.path("classes").path(one.name());
            assertFigure(wanted.path("ap"), one.ap(), one.name() + " AP");
            assertFigure(wanted.path("ap50"), one.ap50(), one.name() + " AP50");
            assertFigure(wanted.path("ap75"), one.ap75(), one.name() + " AP75");
            assertFigure(wanted.path("ar100"), one.ar100(), one.name() + " AR100");
            for (Map.Entry<String, JsonNode> size : wanted.path("sizes").properties()) {
                ClassFigures.OfSize had = one.of(SizeRange.valueOf(size.getKey().toUpperCase(Locale.ROOT)));
                assertFigure(size.getValue().path("ap"), had.ap(), one.name() + " " + size.getKey() + " AP");
                assertFigure(size.getValue().path("ar100"), had.ar100(), one.name() + " " + size.getKey() + " AR");
            }
        }
    }

    private static DetectionFigures evaluate(String name, String kind) throws IOException {
        FilesInMemory files = new FilesInMemory().withResource("labels.json", "/evaluation/" + name + "/truth.json");
        DataSetSource source = DataSetSource.of(files);
        LabelReader reader = LabelReaders.recognise(source).orElseThrow();
        assertEquals("coco", reader.id());
        LabeledDataSet truth = reader.open(source);
        JsonNode file = resource(name + "/truth.json");
        Map<String, JsonNode> images = new HashMap<>();
        file.path("images").forEach(image -> images.put(image.path("file_name").asText(), image));
        Map<Long, String> categories = new HashMap<>();
        file.path("categories")
                .forEach(one ->
                        categories.put(one.path("id").asLong(), one.path("name").asText()));
        Map<Long, List<JsonNode>> found = new HashMap<>();
        resource(name + "/found.json")
                .forEach(one -> found.computeIfAbsent(one.path("image_id").asLong(), _ -> new ArrayList<>())
                        .add(one));

        DetectionEvaluation evaluation = new DetectionEvaluation(
                ClassMap.of(truth.classes(), truth.classes(), List.of()),
                switch (kind) {
                    case "bbox" -> Compared.BOXES;
                    case "segm" -> Compared.SHAPES;
                    default -> Compared.JOINTS;
                });
        for (LabeledImage image : truth.images()) {
            JsonNode json = Objects.requireNonNull(images.get(image.name()));
            ImageSize size = new ImageSize(
                    json.path("width").asInt(), json.path("height").asInt());
            List<Annotation> findings = new ArrayList<>();
            for (JsonNode one : found.getOrDefault(json.path("id").asLong(), List.of())) {
                findings.add(finding(one, findings.size(), categories, size));
            }
            evaluation.add(size, truth.labels(image, size), findings, _ -> true);
        }
        assertEquals(images.size(), evaluation.figures().images());
        return evaluation.figures();
    }

    private static Annotation finding(JsonNode json, int index, Map<Long, String> categories, ImageSize size) {
        String label =
                Objects.requireNonNull(categories.get(json.path("category_id").asLong()));
        Candidate candidate = new Candidate(index, label, json.path("score").asDouble());
        if (json.has("keypoints")) {
            List<Keypoint> joints = new ArrayList<>();
            for (int i = 0; i < json.path("keypoints").size(); i += 3) {
                joints.add(new Keypoint(
                        "joint " + i / 3,
                        new Point(
                                json.path("keypoints").path(i).asDouble(),
                                json.path("keypoints").path(i + 1).asDouble()),
                        Keypoint.Visibility.VISIBLE,
                        1));
            }
            return new Annotation.Keypoints(candidate, joints);
        }
        JsonNode box = json.path("bbox");
        return box.isMissingNode()
                ? new Annotation.Mask(
                        candidate,
                        CocoRle.decode(json.path("segmentation").path("counts").asText(), size))
                : new Annotation.Box(
                        candidate,
                        new Rect(
                                box.path(0).asDouble(),
                                box.path(1).asDouble(),
                                box.path(2).asDouble(),
                                box.path(3).asDouble()));
    }

    private static void assertFigure(JsonNode expected, OptionalDouble had, String what) {
        assertTrue(expected.isNull() || expected.isNumber(), what);
        assertEquals(expected.isNull(), had.isEmpty(), what);
        if (had.isPresent()) {
            assertEquals(expected.asDouble(), had.getAsDouble(), TOLERANCE, what);
        }
    }

    private static JsonNode resource(String name) throws IOException {
        try (InputStream in = CocoFiguresTest.class.getResourceAsStream("/evaluation/" + name)) {
            return JSON.readTree(in);
        }
    }
}
