package dev.firstpass.postprocess.geometry;

import java.util.List;

/// How far two outlines cover the same pixels, by their centres.
///
/// Pure functions; two masks of the outlines' bounds are made on the way.
final class PixelOverlap {
    private PixelOverlap() {}

    /// Intersection over union; 1 where neither covers a pixel's centre.
    static double iou(List<PolygonPart> first, List<PolygonPart> second) {
        Rect a = bounds(first);
        Rect b = bounds(second);
        double left = Math.floor(Math.min(a.x(), b.x()));
        double top = Math.floor(Math.min(a.y(), b.y()));
        ImageSize size = new ImageSize((int) Math.max(1, Math.ceil(Math.max(a.right(), b.right()) - left)), (int)
                Math.max(1, Math.ceil(Math.max(a.bottom(), b.bottom()) - top)));
        BitMask one = Rasterizer.rasterize(moved(first, -left, -top), size);
        BitMask other = Rasterizer.rasterize(moved(second, -left, -top), size);
        long both = one.intersection(other);
        long either = one.area() + other.area() - both;
        return either == 0 ? 1 : (double) both / either;
    }

    private static Rect bounds(List<PolygonPart> parts) {
        return Ring.boundsOf(
                parts.stream().flatMap(part -> part.outer().points().stream()).toList());
    }

    private static List<PolygonPart> moved(List<PolygonPart> parts, double x, double y) {
        return parts.stream()
                .map(part -> new PolygonPart(
                        moved(part.outer(), x, y),
                        part.holes().stream().map(hole -> moved(hole, x, y)).toList()))
                .toList();
    }

    private static Ring moved(Ring ring, double x, double y) {
        return new Ring(ring.points().stream()
                .map(point -> new Point(point.x() + x, point.y() + y))
                .toList());
    }
}
