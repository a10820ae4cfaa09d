package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Areas;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.List;
import java.util.Optional;

/// How well the shapes of two annotations cover each other, from 0 to 1, whatever their labels: intersection over union
/// of areas. A line counts as drawn with a pen of a hundredth of its length, joints by how near they are for the size of
/// what they belong to, and two classifications cover each other. Shapes of different kinds are compared as outlines
/// where both are, else by their bounds.
///
/// Pure functions; symmetric.
public final class Overlap {
    private static final double LEAST_PEN = 2;
    private static final double PEN = 0.01;

    /// Of the size of a figure: joints this far apart cover each other by 0.6.
    private static final double JOINT = 0.1;

    private Overlap() {}

    public static double of(Annotation first, Annotation second) {
        return switch (first) {
            case Annotation.Classification _ -> second instanceof Annotation.Classification ? 1 : 0;
            case Annotation.Mask mask ->
                second instanceof Annotation.Mask other ? Areas.iou(mask.runs(), other.runs()) : bounds(first, second);
            case Annotation.Polyline line ->
                second instanceof Annotation.Polyline other ? lines(line, other) : bounds(first, second);
            case Annotation.Keypoints points ->
                second instanceof Annotation.Keypoints other ? joints(points, other) : bounds(first, second);
            case Annotation.Box _, Annotation.RotatedBox _, Annotation.Polygon _ -> outlines(first, second);
        };
    }

    private static double outlines(Annotation first, Annotation second) {
        if (first instanceof Annotation.Box && second instanceof Annotation.Box) {
            return bounds(first, second);
        }
        Optional<List<PolygonPart>> a = parts(first);
        Optional<List<PolygonPart>> b = parts(second);
        boolean isApart = bounds(first, second) == 0;
        return isApart || a.isEmpty() || b.isEmpty() ? bounds(first, second) : Areas.iou(a.get(), b.get());
    }

    private static Optional<List<PolygonPart>> parts(Annotation annotation) {
        return switch (annotation) {
            case Annotation.Box box -> Optional.of(List.of(part(box.box().corners())));
            case Annotation.RotatedBox box -> Optional.of(List.of(part(box.box().corners())));
            case Annotation.Polygon polygon -> Optional.of(polygon.parts());
            case Annotation.Mask _, Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ ->
                Optional.empty();
        };
    }

    private static PolygonPart part(List<Point> corners) {
        return new PolygonPart(new Ring(corners), List.of());
    }

    private static double bounds(Annotation first, Annotation second) {
        Optional<Rect> a = first.bounds();
        Optional<Rect> b = second.bounds();
        return a.isPresent() && b.isPresent() ? a.get().iou(b.get()) : 0;
    }

    private static double lines(Annotation.Polyline first, Annotation.Polyline second) {
        double pen = Math.max(LEAST_PEN, PEN * Math.max(length(first.points()), length(second.points())));
        return Areas.lineIou(first.points(), second.points(), pen);
    }

    private static double length(List<Point> points) {
        double length = 0;
        for (int i = 1; i < points.size(); i++) {
            length += distance(points.get(i - 1), points.get(i));
        }
        return length;
    }

    /// The mean over the joints that either has, by name; a joint that one of them lacks counts 0.
    private static double joints(Annotation.Keypoints first, Annotation.Keypoints second) {
        double size = Math.max(size(first), size(second));
        double sum = 0;
        long count = present(second).stream()
                .filter(joint -> find(present(first), joint.name()).isEmpty())
                .count();
        for (Keypoint joint : present(first)) {
            count++;
            Optional<Keypoint> other = find(present(second), joint.name());
            if (other.isPresent()) {
                double apart = distance(joint.at(), other.get().at());
                sum += apart == 0 ? 1 : Math.exp(-apart * apart / (2 * JOINT * JOINT * size * size));
            }
        }
        return count == 0 ? 1 : sum / count;
    }

    private static List<Keypoint> present(Annotation.Keypoints figure) {
        return figure.points().stream()
                .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                .toList();
    }

    private static Optional<Keypoint> find(List<Keypoint> joints, String name) {
        return joints.stream().filter(joint -> joint.name().equals(name)).findFirst();
    }

    private static double size(Annotation.Keypoints figure) {
        return figure.bounds()
                .map(bounds -> Math.sqrt(Math.max(1, bounds.area())))
                .orElse(1.0);
    }

    private static double distance(Point a, Point b) {
        return Math.hypot(a.x() - b.x(), a.y() - b.y());
    }
}
