package dev.firstpass.postprocess.geometry;

import java.util.List;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.CoordinateXY;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;

/// How far two shapes cover the same area: intersection over union, from 0 to 1.
///
/// Pure functions.
public final class Areas {
    private static final GeometryFactory FACTORY = new GeometryFactory();

    private Areas() {}

    /// Of two polygons, which may overlap themselves. Costs n log n in their corners.
    public static double iou(List<PolygonPart> first, List<PolygonPart> second) {
        return iou(valid(JtsPolygons.of(first)), valid(JtsPolygons.of(second)));
    }

    /// Of two lines, drawn with a round pen of this radius: lines have no area of their own.
    ///
    /// @param radius > 0, in pixels
    public static double lineIou(List<Point> first, List<Point> second, double radius) {
        return iou(line(first).buffer(radius), line(second).buffer(radius));
    }

    /// Of two masks. Costs a step for each run; 0 where they are of different images' sizes.
    public static double iou(RunLengths first, RunLengths second) {
        long both = intersection(first, second);
        long either = first.area() + second.area() - both;
        return either == 0 ? 0 : (double) both / either;
    }

    /// Pixels that both masks have. Costs a step for each run; 0 where they are of different images' sizes.
    public static long intersection(RunLengths first, RunLengths second) {
        if (!first.size().equals(second.size())) {
            return 0;
        }
        int[] a = first.counts();
        int[] b = second.counts();
        long both = 0;
        long at = 0;
        int i = 0;
        int j = 0;
        long endA = a.length == 0 ? 0 : a[0];
        long endB = b.length == 0 ? 0 : b[0];
        while (i < a.length && j < b.length) {
            long end = Math.min(endA, endB);
            if (i % 2 == 1 && j % 2 == 1) {
                both += end - at;
            }
            at = end;
            if (endA == end) {
                i++;
                endA += i < a.length ? a[i] : 0;
            }
            if (endB == end) {
                j++;
                endB += j < b.length ? b[j] : 0;
            }
        }
        return both;
    }

    private static Geometry valid(Geometry geometry) {
        return geometry.isValid() ? geometry : geometry.buffer(0);
    }

    private static Geometry line(List<Point> points) {
        return FACTORY.createLineString(points.stream()
                .map(point -> (Coordinate) new CoordinateXY(point.x(), point.y()))
                .toArray(Coordinate[]::new));
    }

    private static double iou(Geometry first, Geometry second) {
        double both =
                OverlayNGRobust.overlay(first, second, OverlayNG.INTERSECTION).getArea();
        double either = first.getArea() + second.getArea() - both;
        return either <= 0 ? 0 : Math.min(1, both / either);
    }
}
