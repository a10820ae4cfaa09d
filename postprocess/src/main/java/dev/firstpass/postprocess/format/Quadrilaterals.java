package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.MinAreaRect;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.List;

/// Four corners read as a rotated box.
///
/// Pure functions.
final class Quadrilaterals {
    /// How far the corners of a rectangle may be from one, in pixels, where a format has rounded them.
    private static final double ROUNDING = 0.05;

    private Quadrilaterals() {}

    /// The rectangle with these corners, the first being its top-left one before it was turned; where they are none, the
    /// rectangle of least area around them, as OpenCV's minAreaRect has it.
    static RotatedRect rotated(List<Point> corners) {
        Point a = corners.get(0);
        Point b = corners.get(1);
        Point c = corners.get(2);
        Point d = corners.get(3);
        double skew = Math.hypot(a.x() - b.x() + c.x() - d.x(), a.y() - b.y() + c.y() - d.y());
        double diagonals = Math.abs(distance(a, c) - distance(b, d));
        boolean isClockwise = (b.x() - a.x()) * (d.y() - a.y()) - (b.y() - a.y()) * (d.x() - a.x()) > 0;
        if (skew > ROUNDING || diagonals > ROUNDING || !isClockwise) {
            return MinAreaRect.of(corners);
        }
        double ux = (b.x() - a.x() + c.x() - d.x()) / 2;
        double uy = (b.y() - a.y() + c.y() - d.y()) / 2;
        double vx = (d.x() - a.x() + c.x() - b.x()) / 2;
        double vy = (d.y() - a.y() + c.y() - b.y()) / 2;
        double width = Math.hypot(ux, uy);
        double height = Math.hypot(vx, vy);
        // The longer side says the direction more exactly.
        double angle = width >= height ? Math.atan2(uy, ux) : Math.atan2(-vx, vy);
        return new RotatedRect(
                (a.x() + b.x() + c.x() + d.x()) / 4,
                (a.y() + b.y() + c.y() + d.y()) / 4,
                width,
                height,
                Math.toDegrees(angle));
    }

    private static double distance(Point a, Point b) {
        return Math.hypot(a.x() - b.x(), a.y() - b.y());
    }
}
