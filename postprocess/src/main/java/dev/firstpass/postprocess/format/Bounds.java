package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Clipping;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
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

    /// What of the polygon lies in the image, by the rule `clipped-to-image`, which is counted where it is not all of it;
    /// where it is nothing, the polygon is counted as left out (`no-area-in-image`). What reaches out by no more than rounding
    /// does stays.
    static List<PolygonPart> clipped(Annotation.Polygon polygon, ImageSize size, Tally tally) {
        boolean reachesOut = polygon.parts().stream()
                .anyMatch(part -> reachesOut(part.outer().points(), size));
        if (!reachesOut
                && polygon.parts().stream().allMatch(part -> part.outer().signedArea() != 0)) {
            return polygon.parts();
        }
        List<PolygonPart> clipped = Clipping.clipped(polygon.parts(), size);
        if (clipped.isEmpty()) {
            tally.leftOut("no-area-in-image");
        } else if (reachesOut) {
            tally.converted("clipped-to-image");
        }
        return clipped;
    }
}
