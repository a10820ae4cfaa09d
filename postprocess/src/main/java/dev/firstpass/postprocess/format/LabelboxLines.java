package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// Lines of Labelbox's NDJSON, each one annotation, read. A point is one joint that is called as it is; of a
/// classification each answer is a label; classifications within an annotation are its attributes, several answers joined
/// by a comma, and what is nested deeper named `outer/inner`.
///
/// Pure functions.
final class LabelboxLines {
    private LabelboxLines() {}

    /// What a line says, by the field that says it.
    enum Shape {
        BBOX(GeometryKind.BOX),
        POLYGON(GeometryKind.POLYGON),
        MASK(GeometryKind.MASK),
        LINE(GeometryKind.POLYLINE),
        POINT(GeometryKind.KEYPOINTS),
        ANSWER(GeometryKind.CLASSIFICATION);

        private final GeometryKind kind;

        Shape(GeometryKind kind) {
            this.kind = kind;
        }

        GeometryKind kind() {
            return kind;
        }

        private String field() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Shape> ofField(String field) {
            for (Shape shape : values()) {
                if (shape.field().equals(field)) {
                    return Optional.of(shape);
                }
            }
            return Optional.empty();
        }
    }

    static List<TrueLabel> labels(List<JsonNode> lines, ImageSize size) throws IOException {
        List<TrueLabel> labels = new ArrayList<>();
        for (JsonNode line : lines) {
            try {
                for (Annotation annotation : annotations(line, labels.size(), size)) {
                    labels.add(TrueLabel.of(annotation));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "uuid " + line.path("uuid").asText("none") + ": " + e.getMessage(), e);
            }
        }
        return labels;
    }

    /// The names of what is chosen; none of a text.
    static List<String> answers(JsonNode answer) {
        List<String> names = new ArrayList<>();
        for (JsonNode one : answer.isArray() ? answer : List.of(answer)) {
            if (one.isObject()) {
                names.add(name(one));
            }
        }
        return names;
    }

    /// Features can be known by the ids of their schemas alone.
    private static String name(JsonNode json) {
        String name = json.path("name").asText(json.path("schemaId").asText());
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: none (expected: that of a feature of the ontology)");
        }
        return name;
    }

    private static List<? extends Annotation> annotations(JsonNode line, int index, ImageSize size) throws IOException {
        for (Shape shape : Shape.values()) {
            if (shape != Shape.ANSWER && line.hasNonNull(shape.field())) {
                Candidate candidate = candidate(line, index, name(line));
                return List.of(annotation(shape, line.path(shape.field()), candidate, size));
            }
        }
        return classifications(line, index);
    }

    private static Candidate candidate(JsonNode json, int index, String label) {
        return new Candidate(index, label, LabelJson.score(json.path("confidence"), "confidence"), attributes(json));
    }

    private static Annotation annotation(Shape shape, JsonNode json, Candidate candidate, ImageSize size)
            throws IOException {
        return switch (shape) {
            case BBOX ->
                new Annotation.Box(
                        candidate,
                        new Rect(
                                LabelJson.numberOf(json, "left"),
                                LabelJson.numberOf(json, "top"),
                                LabelJson.numberOf(json, "width"),
                                LabelJson.numberOf(json, "height")));
            case POLYGON ->
                new Annotation.Polygon(candidate, List.of(new PolygonPart(new Ring(open(points(json))), List.of())));
            case MASK -> new Annotation.Mask(candidate, mask(json, size));
            case LINE -> new Annotation.Polyline(candidate, points(json));
            case POINT ->
                new Annotation.Keypoints(
                        candidate,
                        List.of(new Keypoint(
                                candidate.label(),
                                LabelJson.point(json),
                                Keypoint.Visibility.VISIBLE,
                                candidate.score())));
            case ANSWER -> throw new IllegalStateException("answer: has no geometry");
        };
    }

    private static List<Point> points(JsonNode json) {
        List<Point> points = new ArrayList<>();
        json.forEach(point -> points.add(LabelJson.point(point)));
        return points;
    }

    /// The first point may be repeated at the end.
    private static List<Point> open(List<Point> ring) {
        boolean isClosed = ring.size() > 3 && ring.getFirst().equals(ring.getLast());
        return isClosed ? ring.subList(0, ring.size() - 1) : ring;
    }

    private static RunLengths mask(JsonNode json, ImageSize size) throws IOException {
        if (!json.path("png").isTextual()) {
            throw new IllegalArgumentException(
                    "mask.png: none (expected: a PNG in base64; masks elsewhere are not read)");
        }
        byte[] png;
        try {
            png = json.path("png").binaryValue();
        } catch (IOException e) {
            throw new IllegalArgumentException("mask.png: no base64 (expected: a PNG in base64)", e);
        }
        BitMask mask = new BitMask(size);
        PngReader.read(new ByteArrayInputStream(png), size, (y, samples) -> {
            for (int x = 0; x < samples.length; x++) {
                if (samples[x] == 1) {
                    mask.set(x, y);
                } else if (samples[x] != 0) {
                    throw new IllegalArgumentException("mask.png: value " + samples[x] + " (expected: 0 or 1)");
                }
            }
        });
        return RunLengths.of(mask);
    }

    private static List<Annotation> classifications(JsonNode line, int index) {
        JsonNode answer = line.has("answer") ? line.path("answer") : line.path("answers");
        List<Annotation> labels = new ArrayList<>();
        if (answer.isTextual()) {
            Map<String, String> attributes = new TreeMap<>(attributes(line));
            attributes.put("text", answer.asText());
            labels.add(new Annotation.Classification(new Candidate(
                    index, name(line), LabelJson.score(line.path("confidence"), "confidence"), attributes)));
            return labels;
        }
        for (JsonNode one : answer.isArray() ? answer : List.of(answer)) {
            labels.add(new Annotation.Classification(candidate(one, index + labels.size(), name(one))));
        }
        return labels;
    }

    private static Map<String, String> attributes(JsonNode json) {
        Map<String, String> attributes = new TreeMap<>();
        attributes("", json, attributes);
        return attributes;
    }

    private static void attributes(String outer, JsonNode json, Map<String, String> attributes) {
        for (JsonNode nested : json.path("classifications")) {
            JsonNode answer = nested.has("answer") ? nested.path("answer") : nested.path("answers");
            String name = outer + name(nested);
            if (answer.isTextual()) {
                attributes.put(name, answer.asText());
                continue;
            }
            attributes.put(name, answers(answer).stream().collect(Collectors.joining(", ")));
            StreamSupport.stream((answer.isArray() ? answer : List.of(answer)).spliterator(), false)
                    .forEach(one -> attributes(name + "/", one, attributes));
        }
    }
}
