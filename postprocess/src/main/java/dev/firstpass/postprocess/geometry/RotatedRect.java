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

    /// The same rectangle, its angle in [0, 90): width and height change places where a quarter turn is taken off
    /// (`regularize_rboxes` in ultralytics/utils/ops.py since 8.3).
    public RotatedRect regularized() {
        double half = floorMod(angle, 180);
        return half >= 90
                ? new RotatedRect(cx, cy, height, width, floorMod(half - 90, 90))
                : new RotatedRect(cx, cy, width, height, half);
    }

    /// The same rectangle, its width the longer side, its angle in [0, 180) (the same function of Ultralytics before 8.3).
    public RotatedRect alongLongerSide() {
        return width >= height
                ? new RotatedRect(cx, cy, width, height, floorMod(angle, 180))
                : new RotatedRect(cx, cy, height, width, floorMod(angle + 90, 180));
    }

    /// In [0, divisor), also where a tiny negative value would round up to the divisor.
    private static double floorMod(double value, double divisor) {
        double within = value - divisor * Math.floor(value / divisor);
        return within < divisor ? within : 0;
    }
}
