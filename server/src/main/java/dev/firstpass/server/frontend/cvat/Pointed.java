package dev.firstpass.server.frontend.cvat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.WireNumbers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What CVAT sends an interactor, and what it takes as its answer.
///
/// Immutable.
record Pointed(RequestRules rules) {
    private static final JsonFactory JSON = new JsonFactory();

    /// A pixel that is set, as images of masks have it: CVAT's page may look for an outline by a threshold.
    private static final int SET = 255;

    /// Reads `pos_points` and `neg_points`, each a list of `[x, y]`, and `obj_bbox`: nothing, two such points, or the four
    /// numbers of them.
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID, also where nothing is pointed at
    Prompt read(ObjectNode body) {
        List<Prompt.Click> clicks = new ArrayList<>();
        points("pos_points", body.path("pos_points")).forEach(at -> clicks.add(new Prompt.Click(at, true)));
        points("neg_points", body.path("neg_points")).forEach(at -> clicks.add(new Prompt.Click(at, false)));
        if (clicks.size() > RequestRules.MAX_CLICKS) {
            throw RequestRules.invalid(
                    "pos_points",
                    "pos_points, neg_points: " + clicks.size() + " points (expected: at most " + RequestRules.MAX_CLICKS
                            + ")");
        }
        Optional<Rect> box = box(body.path("obj_bbox"));
        if (box.isEmpty() && clicks.isEmpty()) {
            throw RequestRules.invalid("pos_points", "pos_points: none, and no obj_bbox (expected: a point or a box)");
        }
        return box.isPresent() ? new Prompt.Box(box.get(), clicks) : new Prompt.Points(clicks);
    }

    private List<Point> points(String field, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw RequestRules.invalid(field, field + ": " + Json.kind(node) + " (expected: an array of [x, y])");
        }
        List<Point> points = new ArrayList<>();
        for (JsonNode pair : node) {
            points.add(point(field + "[" + points.size() + "]", pair));
        }
        return points;
    }

    private Point point(String field, JsonNode pair) {
        if (!pair.isArray() || pair.size() != 2) {
            throw RequestRules.invalid(field, field + ": " + Json.kind(pair) + " (expected: [x, y])");
        }
        return new Point(coordinate(field + "[0]", pair.get(0)), coordinate(field + "[1]", pair.get(1)));
    }

    private double coordinate(String field, JsonNode node) {
        return rules.coordinate(field, Options.number(field, node));
    }

    private Optional<Rect> box(JsonNode node) {
        if (node.isMissingNode() || node.isNull() || (node.isArray() && node.isEmpty())) {
            return Optional.empty();
        }
        Rect box = switch (node.isArray() ? node.size() : 0) {
            case 2 -> {
                Point first = point("obj_bbox[0]", node.get(0));
                Point second = point("obj_bbox[1]", node.get(1));
                yield between(first, second);
            }
            case 4 ->
                between(
                        new Point(coordinate("obj_bbox[0]", node.get(0)), coordinate("obj_bbox[1]", node.get(1))),
                        new Point(coordinate("obj_bbox[2]", node.get(2)), coordinate("obj_bbox[3]", node.get(3))));
            default ->
                throw RequestRules.invalid(
                        "obj_bbox",
                        "obj_bbox: " + Json.kind(node) + " (expected: null, [[x, y], [x, y]] or 4 numbers)");
        };
        if (box.area() <= 0) {
            throw RequestRules.invalid("obj_bbox", "obj_bbox: no area (expected: two corners)");
        }
        return Optional.of(box);
    }

    /// Corners in any order.
    private static Rect between(Point first, Point second) {
        return Rect.ofCorners(
                Math.min(first.x(), second.x()),
                Math.min(first.y(), second.y()),
                Math.max(first.x(), second.x()),
                Math.max(first.y(), second.y()));
    }

    /// The best finding: its rows within its bounds, the bounds with their last column and row, and its largest outline. CVAT's
    /// page fails without a mask, so where nothing is found that is one pixel which is not set.
    static byte[] answer(Prelabels prelabels) {
        Optional<Annotation.Mask> best = prelabels.annotations().stream()
                .filter(Annotation.Mask.class::isInstance)
                .map(Annotation.Mask.class::cast)
                .max(Comparator.comparingDouble(mask -> mask.candidate().score()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (best.isPresent()) {
                write(json, best.get(), prelabels.asset().size());
            } else {
                json.writeFieldName("mask");
                json.writeStartArray();
                json.writeArray(new int[] {0}, 0, 1);
                json.writeEndArray();
                bounds(json, 0, 0, 0, 0);
                outline(json, List.of());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, Annotation.Mask mask, ImageSize size) throws IOException {
        Rect bounds = mask.runs().bounds();
        int left = (int) bounds.x();
        int top = (int) bounds.y();
        int width = (int) bounds.width();
        int height = (int) bounds.height();
        BitMask pixels = mask.runs().toBitMask();
        json.writeFieldName("mask");
        json.writeStartArray();
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                row[x] = pixels.get(left + x, top + y) ? SET : 0;
            }
            json.writeArray(row, 0, width);
        }
        json.writeEndArray();
        bounds(json, left, top, left + width - 1, top + height - 1);
        outline(json, outline(mask, size));
    }

    private static List<Point> outline(Annotation.Mask mask, ImageSize size) {
        return switch (Conversions.to(GeometryKind.POLYGON, mask, size, Conversions.DEFAULT_SIMPLIFY)) {
            case Conversion.Converted(Annotation.Polygon polygon, String _) ->
                polygon.parts().stream()
                        .max(Comparator.comparingDouble(PolygonPart::area))
                        .map(part -> part.outer().points())
                        .orElse(List.of());
            case Conversion.Converted _, Conversion.Unchanged _, Conversion.Unsupported _ -> List.of();
        };
    }

    private static void bounds(JsonGenerator json, int left, int top, int right, int bottom) throws IOException {
        json.writeFieldName("bounds");
        json.writeArray(new int[] {left, top, right, bottom}, 0, 4);
    }

    private static void outline(JsonGenerator json, List<Point> points) throws IOException {
        json.writeFieldName("points");
        json.writeStartArray();
        for (Point point : points) {
            json.writeArray(new double[] {WireNumbers.pixels(point.x()), WireNumbers.pixels(point.y())}, 0, 2);
        }
        json.writeEndArray();
    }
}
