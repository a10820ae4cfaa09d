package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;

/// What of polygons lies in the image: the rule **`clipped-to-image`**.
///
/// A polygon is cut along the image's border, so that what is left covers the pixels that it covered before, and no other.
/// (Moving each of its points to the nearest of the image does neither: an edge from within to far outside then runs elsewhere,
/// and points that were apart fall together.)
///
/// Pure functions.
public final class Clipping {
    /// Of two corners, in pixels, less than what any file tells apart.
    private static final double LEAST_DISTANCE = 1e-6;

    private Clipping() {}

    /// The parts' area within the image, in the order of the parts. A part that lies within it stays as it is, to the point;
    /// one that reaches out becomes its pieces, valid, with outer rings clockwise as seen and holes counter-clockwise; what has
    /// no area there goes. Where a part that reaches out is not [valid][Validity], it is repaired first.
    ///
    /// Costs a look at each point, and n log n in the corners of the parts that reach out.
    ///
    /// @return possibly none
    public static List<PolygonPart> clipped(List<PolygonPart> parts, ImageSize size) {
        List<PolygonPart> clipped = new ArrayList<>();
        for (PolygonPart part : parts) {
            if (isWithin(part.outer(), size) && Validity.hasArea(part.outer())) {
                clipped.add(part);
            } else {
                clipped.addAll(cut(part, size));
            }
        }
        return clipped;
    }

    private static boolean isWithin(Ring ring, ImageSize size) {
        return ring.points().stream()
                .allMatch(point ->
                        point.x() >= 0 && point.y() >= 0 && point.x() <= size.width() && point.y() <= size.height());
    }

    private static List<PolygonPart> cut(PolygonPart part, ImageSize size) {
        Geometry whole = JtsPolygons.of(Validity.repaired(List.of(part)));
        Geometry image = JtsPolygons.polygon(
                new PolygonPart(new Ring(new Rect(0, 0, size.width(), size.height()).corners()), List.of()));
        Geometry within = OverlayNGRobust.overlay(whole, image, OverlayNG.INTERSECTION);
        List<PolygonPart> settled = new ArrayList<>();
        for (PolygonPart piece : Validity.withoutSlivers(JtsPolygons.parts(within))) {
            settled(piece.outer(), size)
                    .ifPresent(outer -> settled.add(new PolygonPart(
                            outer,
                            piece.holes().stream()
                                    .flatMap(hole -> settled(hole, size).stream())
                                    .toList())));
        }
        return settled;
    }

    /// Where two lines meet is known to the last bit but one: such a point lies on the border and not beyond it, and is none of
    /// its own beside a corner that lies there already. Empty for what has no three points then.
    private static Optional<Ring> settled(Ring ring, ImageSize size) {
        List<Point> points = new ArrayList<>();
        Point previous = ring.points().getLast();
        for (Point point : ring.points()) {
            if (Math.hypot(point.x() - previous.x(), point.y() - previous.y()) > LEAST_DISTANCE) {
                points.add(
                        new Point(Math.clamp(point.x(), 0.0, size.width()), Math.clamp(point.y(), 0.0, size.height())));
                previous = point;
            }
        }
        return points.size() < 3 ? Optional.empty() : Optional.of(new Ring(points));
    }
}
