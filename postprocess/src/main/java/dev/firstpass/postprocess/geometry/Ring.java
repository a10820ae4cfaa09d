package dev.firstpass.postprocess.geometry;

import java.util.List;

/// A closed ring of at least three points; the last point joins the first and is not repeated.
///
/// Immutable.
public record Ring(List<Point> points) {
    public Ring {
        points = List.copyOf(points);
        if (points.size() < 3) {
            throw new IllegalArgumentException("ring: " + points.size() + " points (expected: >= 3)");
        }
    }

    public Rect bounds() {
        return boundsOf(points);
    }

    /// Area by the shoelace formula; positive where the ring runs clockwise as seen (y down).
    public double signedArea() {
        double twice = 0;
        Point previous = points.getLast();
        for (Point point : points) {
            twice += previous.x() * point.y() - point.x() * previous.y();
            previous = point;
        }
        return twice / 2;
    }

    /// The smallest axis-parallel rectangle around `points`, of which there is at least one.
    public static Rect boundsOf(List<Point> points) {
        double left = Double.POSITIVE_INFINITY;
        double top = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (Point point : points) {
            left = Math.min(left, point.x());
            top = Math.min(top, point.y());
            right = Math.max(right, point.x());
            bottom = Math.max(bottom, point.y());
        }
        return new Rect(left, top, right - left, bottom - top);
    }
}
