package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.InflaterInputStream;

/// The labels of one image in Supervisely's format, [SuperviselyFormat].
///
/// Points that are whole numbers are pixels, and read as their centres; of a rectangle the last column and row are part of it. Numbers
/// that are not whole are on pixel edges already, as projects for labeling between pixels have them. Tags of an object are its
/// attributes (1 for one without a value), but for `confidence`; tags of the image are labels of it as a whole. Joints are called as
/// their nodes are.
///
/// Stateless.
final class SuperviselyParser implements LabelFileParser {
    private static final int MOST_BYTES = 64 << 20;
    private static final Set<String> KNOWN = Set.of(
            "rectangle",
            "polygon",
            "multipolygon",
            "line",
            "polyline",
            "point",
            "bitmap",
            "alpha_mask",
            "graph",
            "oriented_bbox");

    @Override
    public boolean isNamed(String name) {
        return JsonFiles.isNamed(name) && !name.equals("meta.json");
    }

    @Override
    public boolean recognises(byte[] content) {
        return JsonFiles.root(content).filter(SuperviselyParser::isAnnotation).isPresent();
    }

    private static boolean isAnnotation(JsonNode root) {
        return root.path("size").has("height")
                && root.path("size").has("width")
                && root.path("objects").isArray();
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        JsonNode root = JsonFiles.root(content)
                .filter(SuperviselyParser::isAnnotation)
                .orElseThrow(
                        () -> new DataSetException("no size and objects (expected: Supervisely's labels of an image)"));
        Optional<ImageSize> said = LabelJson.size(
                root.path("size").path("width"), root.path("size").path("height"));
        Optional<ImageSize> image = said.or(() -> size);
        Notes notes = new Notes();
        List<TrueLabel> labels = new ArrayList<>();
        int number = 0;
        for (JsonNode object : root.path("objects")) {
            String geometry =
                    object.path("geometryType").asText(object.path("shape").asText());
            if (!KNOWN.contains(geometry)) {
                notes.count("objects of type " + LabelJson.shown(object.path("geometryType")) + ": not read");
                number++;
                continue;
            }
            try {
                labels.add(TrueLabel.of(annotation(geometry, object, candidate(object, labels.size()), image)));
            } catch (DataSetException | IllegalArgumentException e) {
                throw new DataSetException("object " + number + ": " + e.getMessage(), e);
            }
            number++;
        }
        for (JsonNode tag : root.path("tags")) {
            labels.add(TrueLabel.of(new Annotation.Classification(imageTag(tag, labels.size()))));
        }
        return new LabelFile(Optional.empty(), said, List.of(), labels, notes.counts());
    }

    private static Candidate candidate(JsonNode object, int index) {
        double score = 1;
        Map<String, String> attributes = new HashMap<>();
        for (JsonNode tag : object.path("tags")) {
            String name = tag.path("name").asText();
            if (name.equals(SuperviselyFormat.CONFIDENCE) && tag.path("value").isNumber()) {
                score = LabelJson.score(tag.path("value"), SuperviselyFormat.CONFIDENCE);
            } else {
                attributes.put(name, tag.path("value").asText("1"));
            }
        }
        return new Candidate(index, LabelJson.text(object, "classTitle"), score, attributes);
    }

    private static Candidate imageTag(JsonNode tag, int index) {
        JsonNode value = tag.path("value");
        boolean isScore = value.isNumber() && value.asDouble() >= 0 && value.asDouble() <= 1;
        Map<String, String> attributes =
                isScore || value.isNull() || value.isMissingNode() ? Map.of() : Map.of("value", value.asText());
        return new Candidate(index, LabelJson.text(tag, "name"), isScore ? value.asDouble() : 1, attributes);
    }

    private static Annotation annotation(
            String geometry, JsonNode object, Candidate candidate, Optional<ImageSize> size) {
        JsonNode points = object.path("points");
        return switch (geometry) {
            case "rectangle" -> new Annotation.Box(candidate, rectangle(points.path("exterior")));
            case "oriented_bbox" -> {
                Rect rect = rectangle(points);
                yield new Annotation.RotatedBox(
                        candidate,
                        new RotatedRect(
                                rect.x() + rect.width() / 2,
                                rect.y() + rect.height() / 2,
                                rect.width(),
                                rect.height(),
                                Math.toDegrees(LabelJson.numberOf(object, "angle"))));
            }
            case "polygon" -> new Annotation.Polygon(candidate, List.of(part(points)));
            case "multipolygon" -> {
                List<PolygonPart> parts = new ArrayList<>();
                object.path("parts").forEach(part -> parts.add(part(part)));
                yield new Annotation.Polygon(candidate, parts);
            }
            case "line", "polyline" -> new Annotation.Polyline(candidate, centres(points.path("exterior"), "exterior"));
            case "point" -> {
                List<Point> at = centres(points.path("exterior"), "exterior");
                if (at.size() != 1) {
                    throw new IllegalArgumentException("exterior: " + at.size() + " points (expected: 1)");
                }
                yield new Annotation.Keypoints(
                        candidate,
                        List.of(new Keypoint(
                                candidate.label(), at.getFirst(), Keypoint.Visibility.VISIBLE, candidate.score())));
            }
            case "graph" -> new Annotation.Keypoints(candidate, joints(object.path("nodes")));
            default -> new Annotation.Mask(candidate, bitmap(object, geometry).in(size));
        };
    }

    /// First and last pixel, or corners where they are not whole.
    private static Rect rectangle(JsonNode json) {
        List<Point> corners = JsonPoints.ofPairs(json, "points");
        if (corners.size() != 2) {
            throw new IllegalArgumentException("points: " + corners.size() + " (expected: 2)");
        }
        Point a = corners.getFirst();
        Point b = corners.getLast();
        Rect rect = Rect.ofCorners(a.x(), a.y(), b.x(), b.y());
        boolean isWhole = corners.stream()
                .allMatch(point -> point.x() == Math.rint(point.x()) && point.y() == Math.rint(point.y()));
        return isWhole ? new Rect(rect.x(), rect.y(), rect.width() + 1, rect.height() + 1) : rect;
    }

    private static List<Point> centres(JsonNode json, String field) {
        return JsonPoints.ofPairs(json, field).stream().map(PixelBoxes::centre).toList();
    }

    private static PolygonPart part(JsonNode rings) {
        List<Ring> holes = new ArrayList<>();
        for (JsonNode hole : rings.path("interior")) {
            holes.add(new Ring(centres(hole, "interior")));
        }
        return new PolygonPart(new Ring(centres(rings.path("exterior"), "exterior")), holes);
    }

    private static List<Keypoint> joints(JsonNode nodes) {
        List<Keypoint> joints = new ArrayList<>();
        for (Map.Entry<String, JsonNode> node : nodes.properties()) {
            joints.add(new Keypoint(
                    node.getKey(),
                    PixelBoxes.centre(JsonPoints.ofPair(node.getValue().path("loc"), "loc")),
                    node.getValue().path("disabled").asBoolean()
                            ? Keypoint.Visibility.OCCLUDED
                            : Keypoint.Visibility.VISIBLE,
                    1));
        }
        if (joints.isEmpty()) {
            throw new IllegalArgumentException("nodes: none (expected: one at least)");
        }
        return joints;
    }

    /// A PNG, compressed once more or, as some have it, not.
    private static CroppedMask bitmap(JsonNode object, String geometry) {
        JsonNode bitmap = object.has(geometry) ? object.path(geometry) : object.path("bitmap");
        byte[] data = LabelJson.base64(bitmap.path("data"), "data");
        try {
            return CroppedMask.ofPng(
                    isPng(data) ? data : inflated(data),
                    LabelJson.whole(bitmap.path("origin").path(0), "origin"),
                    LabelJson.whole(bitmap.path("origin").path(1), "origin"));
        } catch (IOException e) {
            throw new IllegalArgumentException("data: cannot be decompressed: " + e.getMessage(), e);
        }
    }

    private static boolean isPng(byte[] data) {
        return data.length > 1 && data[0] == (byte) 0x89 && data[1] == 'P';
    }

    private static byte[] inflated(byte[] data) throws IOException {
        try (InflaterInputStream zlib = new InflaterInputStream(new ByteArrayInputStream(data))) {
            byte[] png = zlib.readNBytes(MOST_BYTES + 1);
            if (png.length > MOST_BYTES) {
                throw new IllegalArgumentException("data: more than " + MOST_BYTES + " bytes (expected: a PNG)");
            }
            return png;
        }
    }
}
