package dev.firstpass.postprocess.geometry;

import java.util.List;

/// A rectangle turned about its centre by `angle` degrees, clockwise as seen (x right, y down).
///
/// Immutable.
public record RotatedRect(double cx, double cy, double width, double height, double angle) {
    /// The four corners in the order top-left, top-right, bottom-right, bottom-left of the unrotated rectangle.
    public List<Point> corners() {
        double radians = Math.toRadians(angle);
        double cos = Math.cos(radians);
        double sin = Math.sin(radians);
        double ux = width / 2 * cos;
        double uy = width / 2 * sin;
        double vx = -height / 2 * sin;
        double vy = height / 2 * cos;
        return List.of(
                new Point(cx - ux - vx, cy - uy - vy),
                new Point(cx + ux - vx, cy + uy - vy),
                new Point(cx + ux + vx, cy + uy + vy),
                new Point(cx - ux + vx, cy - uy + vy));
    }

    public Rect bounds() {
        return Ring.boundsOf(corners());
    }
}
