package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Reads an answer in the `firstpass` format back into pre-labels. The family, which the format does not carry, is empty;
/// where an answer of an earlier release tells no index, the position in the list stands for it.
///
/// Pure functions.
public final class FirstpassReader {
    /// Pixels by which two sides may differ that were rounded before they were written.
    private static final double ROUNDING = 1e-3;

    private FirstpassReader() {}

    /// @throws IllegalArgumentException if it is not in that format
    public static Prelabels read(JsonNode json) {
        JsonNode asset = json.path("asset");
        JsonNode model = json.path("model");
        ImageSize size =
                new ImageSize(asset.path("width").asInt(), asset.path("height").asInt());
        List<Annotation> annotations = new ArrayList<>();
        for (JsonNode annotation : json.path("annotations")) {
            annotations.add(annotation(annotation, annotations.size()));
        }
        return new Prelabels(
                new AssetInfo(
                        asset.path("id").asText(), size, asset.path("digest").asText()),
                new Provenance(
                        json.path("prediction").asText(),
                        model.path("name").asText(),
                        model.path("version").asLong(),
                        model.path("digest").asText(),
                        "",
                        json.path("project").asText()),
                annotations,
                list(
                        json.path("dropped"),
                        drop -> new Dropped(
                                oneOf(Dropped.Reason.class, drop, "reason"),
                                drop.path("count").asInt())));
    }

    /// One of an answer's annotations. Where a score is missing it is 0.
    ///
    /// @param index that it has where it tells none
    /// @throws IllegalArgumentException if it is not in that format
    public static Annotation annotation(JsonNode json, int index) {
        Candidate candidate = new Candidate(
                json.path("index").asInt(index),
                json.path("label").asText(),
                json.path("score").asDouble(),
                attributes(json.path("attributes")));
        String type = json.path("type").asText();
        return switch (type) {
            case "box" -> new Annotation.Box(candidate, rect(json.path("box")));
            case "rotated-box" -> new Annotation.RotatedBox(candidate, rotated(json.path("rotatedBox")));
            case "polygon" ->
                new Annotation.Polygon(candidate, list(json.path("polygon").path("parts"), FirstpassReader::part));
            case "mask" -> {
                JsonNode mask = json.path("mask");
                ImageSize size = new ImageSize(
                        mask.path("size").path(1).asInt(),
                        mask.path("size").path(0).asInt());
                yield new Annotation.Mask(
                        candidate, CocoRle.decode(mask.path("counts").asText(), size));
            }
            case "polyline" ->
                new Annotation.Polyline(candidate, list(json.path("polyline").path("points"), FirstpassReader::point));
            case "keypoints" -> keypoints(candidate, json);
            case "classification" -> new Annotation.Classification(candidate);
            default -> throw new IllegalArgumentException("type: " + type + " (expected: a geometry)");
        };
    }

    /// `box` is the figure's own, unless it is what its joints bound.
    private static Annotation.Keypoints keypoints(Candidate candidate, JsonNode json) {
        Annotation.Keypoints joints =
                new Annotation.Keypoints(candidate, list(json.path("keypoints"), FirstpassReader::keypoint));
        Optional<Rect> own = Optional.of(json.path("box"))
                .filter(JsonNode::isObject)
                .map(FirstpassReader::rect)
                .filter(box ->
                        joints.bounds().filter(bounds -> isNear(bounds, box)).isEmpty());
        return new Annotation.Keypoints(candidate, joints.points(), own);
    }

    /// But for the rounding of what was written.
    private static boolean isNear(Rect a, Rect b) {
        return Math.abs(a.x() - b.x()) <= ROUNDING
                && Math.abs(a.y() - b.y()) <= ROUNDING
                && Math.abs(a.right() - b.right()) <= ROUNDING
                && Math.abs(a.bottom() - b.bottom()) <= ROUNDING;
    }

    private static Rect rect(JsonNode json) {
        return new Rect(
                json.path("x").asDouble(),
                json.path("y").asDouble(),
                json.path("width").asDouble(),
                json.path("height").asDouble());
    }

    private static RotatedRect rotated(JsonNode json) {
        return new RotatedRect(
                json.path("cx").asDouble(),
                json.path("cy").asDouble(),
                json.path("width").asDouble(),
                json.path("height").asDouble(),
                json.path("angle").asDouble());
    }

    private static PolygonPart part(JsonNode rings) {
        List<Ring> all = list(rings, ring -> new Ring(list(ring, FirstpassReader::point)));
        if (all.isEmpty()) {
            throw new IllegalArgumentException("polygon: a part without a ring (expected: >= 1)");
        }
        return new PolygonPart(all.getFirst(), all.subList(1, all.size()));
    }

    private static Point point(JsonNode pair) {
        return new Point(pair.path(0).asDouble(), pair.path(1).asDouble());
    }

    private static Keypoint keypoint(JsonNode json) {
        return new Keypoint(
                json.path("name").asText(),
                new Point(json.path("x").asDouble(), json.path("y").asDouble()),
                oneOf(Keypoint.Visibility.class, json, "visibility"),
                json.path("score").asDouble());
    }

    private static <E extends Enum<E>> E oneOf(Class<E> names, JsonNode json, String field) {
        String name = json.path(field).asText().toUpperCase(Locale.ROOT);
        return EnumSet.allOf(names).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(field + ": " + LabelJson.shown(json.path(field))
                        + " (expected: one of " + EnumSet.allOf(names) + ")"));
    }

    private static Map<String, String> attributes(JsonNode json) {
        Map<String, String> attributes = new LinkedHashMap<>();
        json.properties()
                .forEach(
                        entry -> attributes.put(entry.getKey(), entry.getValue().asText()));
        return attributes;
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> each) {
        List<T> items = new ArrayList<>();
        array.forEach(item -> items.add(each.apply(item)));
        return items;
    }
}
