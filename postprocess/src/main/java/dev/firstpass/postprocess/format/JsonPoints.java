package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Points as JSON has them, in pixels.
///
/// Pure functions.
final class JsonPoints {
    private JsonPoints() {}

    /// A value: `[[x, y], ...]`.
    static void pairs(JsonGenerator json, List<Point> points) throws IOException {
        json.writeStartArray();
        for (Point point : points) {
            pair(json, point);
        }
        json.writeEndArray();
    }

    /// A value: `[x, y]`.
    static void pair(JsonGenerator json, Point point) throws IOException {
        json.writeStartArray();
        Decimals.PIXELS.write(json, point.x());
        Decimals.PIXELS.write(json, point.y());
        json.writeEndArray();
    }

    /// A value: `[x, y, x, y, ...]`.
    static void flat(JsonGenerator json, List<Point> points) throws IOException {
        json.writeStartArray();
        for (Point point : points) {
            Decimals.PIXELS.write(json, point.x());
            Decimals.PIXELS.write(json, point.y());
        }
        json.writeEndArray();
    }

    /// A value: `[{"x": x, "y": y}, ...]`.
    static void objects(JsonGenerator json, List<Point> points) throws IOException {
        json.writeStartArray();
        for (Point point : points) {
            json.writeStartObject();
            members(json, point);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /// `"x": x, "y": y`.
    static void members(JsonGenerator json, Point point) throws IOException {
        Decimals.PIXELS.write(json, "x", point.x());
        Decimals.PIXELS.write(json, "y", point.y());
    }

    /// Of `[[x, y], ...]`; what follows a point's y is passed over.
    ///
    /// @throws IllegalArgumentException if one is none
    static List<Point> ofPairs(JsonNode json, String field) {
        List<Point> points = new ArrayList<>();
        for (JsonNode pair : json) {
            points.add(ofPair(pair, field));
        }
        return points;
    }

    static Point ofPair(JsonNode pair, String field) {
        return new Point(LabelJson.number(pair.path(0), field), LabelJson.number(pair.path(1), field));
    }

    /// Of `[{"x": x, "y": y}, ...]`.
    ///
    /// @throws IllegalArgumentException if one is none
    static List<Point> ofObjects(JsonNode json) {
        List<Point> points = new ArrayList<>();
        json.forEach(point -> points.add(LabelJson.point(point)));
        return points;
    }

    /// The first point may be repeated at the end.
    static Ring ring(List<Point> points) {
        boolean isClosed = points.size() > 3 && points.getFirst().equals(points.getLast());
        return new Ring(isClosed ? points.subList(0, points.size() - 1) : points);
    }
}
