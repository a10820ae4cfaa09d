package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.List;

/// What lies out of the image, for formats that have no place for it.
///
/// Pure functions.
final class Bounds {
    /// How far something may reach out of the image without being counted, in pixels: what rounding can do.
    private static final double ROUNDING = 1e-3;

    private Bounds() {}

    static boolean reachesOut(Rect box, ImageSize size) {
        return reachesOut(box.corners(), size);
    }

    static boolean reachesOut(List<Point> points, ImageSize size) {
        return points.stream()
                .anyMatch(point -> point.x() < -ROUNDING
                        || point.y() < -ROUNDING
                        || point.x() > size.width() + ROUNDING
                        || point.y() > size.height() + ROUNDING);
    }

    /// The nearest point of the image.
    static Point clamped(Point point, ImageSize size) {
        return new Point(Math.clamp(point.x(), 0.0, size.width()), Math.clamp(point.y(), 0.0, size.height()));
    }

    static List<Point> clamped(List<Point> points, ImageSize size) {
        return points.stream().map(point -> clamped(point, size)).toList();
    }

    /// Whether some of the ring's area is in the image, as far as its points tell when each is moved to the image.
    static boolean hasArea(Ring ring, ImageSize size) {
        return Math.abs(new Ring(clamped(ring.points(), size)).signedArea()) > 0;
    }
}
