package dev.firstpass.postprocess.geometry;

import java.util.List;
import org.locationtech.jts.algorithm.ConvexHull;
import org.locationtech.jts.geom.Coordinate;

/// The rectangle of least area around points. One of its sides lies on a side of their convex hull (Freeman and
/// Shapira, 1975), so each side of the hull is tried; hulls of pixels are small, so each try looks at every corner
/// of the hull.
public final class MinAreaRect {
    private MinAreaRect() {}

    /// The rectangle, turned by an angle in [-45, 45) degrees: its width is the extent along the side that is nearest
    /// to horizontal, its corners come out as seen: top-left, top-right, bottom-right, bottom-left. Points in line
    /// give a rectangle of height or width 0, a single point one of both 0.
    ///
    /// @throws IllegalArgumentException if there is no point
    public static RotatedRect of(List<Point> points) {
        if (points.isEmpty()) {
            throw new IllegalArgumentException("points: none (expected: >= 1)");
        }
        Coordinate[] hull =
                new ConvexHull(JtsPolygons.points(points)).getConvexHull().getCoordinates();
        RotatedRect best = along(1, 0, hull);
        for (int i = 0; i + 1 < hull.length; i++) {
            double dx = hull[i + 1].x - hull[i].x;
            double dy = hull[i + 1].y - hull[i].y;
            double length = Math.hypot(dx, dy);
            RotatedRect rect = along(dx / length, dy / length, hull);
            if (rect.width() * rect.height() < best.width() * best.height()) {
                best = rect;
            }
        }
        return best;
    }

    /// The bounds of `hull` in the frame whose x axis is (ux, uy), a unit vector.
    private static RotatedRect along(double ux, double uy, Coordinate[] hull) {
        double left = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double top = Double.POSITIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (Coordinate at : hull) {
            double u = at.x * ux + at.y * uy;
            double v = at.y * ux - at.x * uy;
            left = Math.min(left, u);
            right = Math.max(right, u);
            top = Math.min(top, v);
            bottom = Math.max(bottom, v);
        }
        double u = (left + right) / 2;
        double v = (top + bottom) / 2;
        double angle = Math.toDegrees(Math.atan2(uy, ux));
        return upright(u * ux - v * uy, u * uy + v * ux, right - left, bottom - top, angle);
    }

    /// The same rectangle described by the angle in [-45, 45), a quarter turn swapping width and height.
    private static RotatedRect upright(double cx, double cy, double width, double height, double angle) {
        long quarters = (long) Math.floor((angle + 45) / 90);
        double turned = angle - 90.0 * quarters;
        return quarters % 2 == 0
                ? new RotatedRect(cx, cy, width, height, turned)
                : new RotatedRect(cx, cy, height, width, turned);
    }
}
