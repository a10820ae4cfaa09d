package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// What CVAT's shapes are, whether JSON or XML says them: points in one row of numbers, and rectangles and ellipses turned
/// clockwise about their centre.
///
/// Pure functions.
final class CvatShapes {
    /// How far an ellipse's polygon may be from it, in pixels.
    private static final double ELLIPSE_TOLERANCE = 0.1;

    private CvatShapes() {}

    /// The rectangle before it was turned.
    static Rect upright(RotatedRect box) {
        return new Rect(box.cx() - box.width() / 2, box.cy() - box.height() / 2, box.width(), box.height());
    }

    /// Degrees from 0 to 360: CVAT takes no others.
    static double rotation(RotatedRect box) {
        double rotation = box.angle() % 360;
        return rotation < 0 ? rotation + 360 : rotation;
    }

    /// The shapes that numbers alone say: `rectangle`, `polygon`, `polyline`, `points` and `ellipse`.
    ///
    /// @param points x and y in turn
    /// @throws IllegalArgumentException if the points are none of such a shape
    static Annotation of(String type, Candidate candidate, double[] points, double rotation) {
        return switch (type) {
            case "rectangle" -> rectangle(candidate, points, rotation);
            case "polygon" ->
                new Annotation.Polygon(candidate, List.of(new PolygonPart(JsonPoints.ring(points(points)), List.of())));
            case "polyline" -> new Annotation.Polyline(candidate, points(points));
            case "points" -> joints(candidate, points(points));
            case "ellipse" -> ellipse(candidate, points, rotation);
            default ->
                throw new IllegalArgumentException("type: " + type
                        + " (expected: rectangle, polygon, polyline, points, ellipse, mask, skeleton or tag)");
        };
    }

    private static Annotation rectangle(Candidate candidate, double[] points, double rotation) {
        requireFour(points);
        Rect rect = Rect.ofCorners(points[0], points[1], points[2], points[3]);
        return rotation % 360 == 0
                ? new Annotation.Box(candidate, rect)
                : new Annotation.RotatedBox(
                        candidate,
                        new RotatedRect(
                                rect.x() + rect.width() / 2,
                                rect.y() + rect.height() / 2,
                                rect.width(),
                                rect.height(),
                                rotation));
    }

    /// `[cx, cy, cx + rx, cy - ry]`.
    private static Annotation ellipse(Candidate candidate, double[] points, double rotation) {
        requireFour(points);
        Ring ring = new Ellipse(points[0], points[1], points[2] - points[0], points[1] - points[3], rotation)
                .toPolygon(ELLIPSE_TOLERANCE);
        return new Annotation.Polygon(candidate, List.of(new PolygonPart(ring, List.of())));
    }

    private static void requireFour(double[] points) {
        if (points.length != 4) {
            throw new IllegalArgumentException("points: " + points.length + " numbers (expected: 4)");
        }
    }

    private static List<Point> points(double[] points) {
        if (points.length % 2 != 0) {
            throw new IllegalArgumentException("points: " + points.length + " numbers (expected: x and y of each)");
        }
        List<Point> all = new ArrayList<>();
        for (int i = 0; i < points.length; i += 2) {
            all.add(new Point(points[i], points[i + 1]));
        }
        return all;
    }

    /// Points have no names: one alone is called as its label is, of several each by its number.
    private static Annotation joints(Candidate candidate, List<Point> points) {
        List<Keypoint> joints = new ArrayList<>();
        for (Point point : points) {
            String name = points.size() == 1 ? candidate.label() : Integer.toString(joints.size() + 1);
            joints.add(new Keypoint(name, point, Keypoint.Visibility.VISIBLE, candidate.score()));
        }
        if (joints.isEmpty()) {
            throw new IllegalArgumentException("points: none (expected: x and y of one at least)");
        }
        return new Annotation.Keypoints(candidate, joints);
    }

    /// The score is an attribute of that name, where it is the number of one; else it is 1.
    ///
    /// @param attributes all of them, by name
    static Candidate candidate(int index, String label, String scoreAttribute, Map<String, String> attributes) {
        Map<String, String> rest = new HashMap<>(attributes);
        OptionalDouble score = score(rest.getOrDefault(scoreAttribute, ""));
        if (score.isPresent()) {
            rest.remove(scoreAttribute);
        }
        return new Candidate(index, label, score.orElse(1), rest);
    }

    /// Empty for what is no score.
    static OptionalDouble score(String text) {
        try {
            double score = Double.parseDouble(text.strip());
            return score >= 0 && score <= 1 ? OptionalDouble.of(score) : OptionalDouble.empty();
        } catch (NumberFormatException _) {
            return OptionalDouble.empty();
        }
    }
}
