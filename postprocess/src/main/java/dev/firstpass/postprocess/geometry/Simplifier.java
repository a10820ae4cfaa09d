package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.util.GeometryFixer;
import org.locationtech.jts.simplify.TopologyPreservingSimplifier;

/// Outlines with fewer points: Douglas-Peucker that gives up a corner only where no ring then crosses another or
/// itself.
///
/// Plain Douglas-Peucker lets rings cross and thin parts collapse, and a repair afterwards loses whole areas; JTS'
/// TopologyPreservingSimplifier avoids both. So **nothing is dropped**: every part and every hole is still there, a
/// small one as a triangle or as it was. Leaving small things out is the business of a minimum area, before tracing.
///
/// The new corners are a subset of the given ones and every given corner lies within the tolerance of the new
/// outline. JTS breaks that bound (up to twice the tolerance) where it gives up the point at which a ring starts,
/// after the rest of the ring is done. It does so for rings only, so here they are closed lines to it, and each
/// starts at its point farthest from the middle of its bounds: a corner that would stay anyhow, whatever point the
/// ring came with.
public final class Simplifier {
    private Simplifier() {}

    /// The simplified parts, valid by the OGC rules. A ring keeps at least three points.
    ///
    /// @param parts valid, for instance from [Contours]; invalid ones are repaired first, which may change how many
    ///     there are
    /// @param tolerance in the unit of the points; 0 removes only points in line with their neighbours
    public static List<PolygonPart> simplify(List<PolygonPart> parts, double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("tolerance: " + tolerance + " (expected: >= 0)");
        }
        List<PolygonPart> valid = repaired(parts);
        Iterator<Ring> rings = simplifyAll(ringsOf(valid), tolerance).iterator();
        List<PolygonPart> simple =
                valid.stream().map(part -> rebuilt(part, rings)).toList();
        return JtsPolygons.of(simple).isValid() ? simple : valid;
    }

    /// The next rings as a part like `part`; oriented anew, since a sliver can flip over.
    private static PolygonPart rebuilt(PolygonPart part, Iterator<Ring> rings) {
        Ring outer = JtsPolygons.oriented(rings.next(), true);
        return new PolygonPart(
                outer,
                part.holes().stream()
                        .map(hole -> JtsPolygons.oriented(rings.next(), false))
                        .toList());
    }

    private static List<PolygonPart> repaired(List<PolygonPart> parts) {
        Geometry given = JtsPolygons.of(parts);
        if (given.isValid()) {
            return parts;
        }
        List<PolygonPart> repaired = JtsPolygons.parts(GeometryFixer.fix(given));
        return repaired.isEmpty() ? parts : repaired;
    }

    private static List<Ring> ringsOf(List<PolygonPart> parts) {
        return parts.stream()
                .flatMap(part -> Stream.concat(Stream.of(part.outer()), part.holes().stream()))
                .toList();
    }

    /// All at once, so that no ring crosses another.
    private static List<Ring> simplifyAll(List<Ring> rings, double tolerance) {
        Geometry lines = JtsPolygons.closedLines(
                rings.stream().map(Simplifier::startedAtACorner).toList());
        Geometry simple = TopologyPreservingSimplifier.simplify(lines, tolerance);
        List<Ring> result = new ArrayList<>(rings.size());
        for (int i = 0; i < rings.size(); i++) {
            result.add(JtsPolygons.ring(simple.getGeometryN(i).getCoordinates()));
        }
        return result;
    }

    private static Ring startedAtACorner(Ring ring) {
        Rect bounds = ring.bounds();
        double middleX = bounds.x() + bounds.width() / 2;
        double middleY = bounds.y() + bounds.height() / 2;
        List<Point> points = ring.points();
        int start = 0;
        double farthest = -1;
        for (int i = 0; i < points.size(); i++) {
            double distance =
                    Math.hypot(points.get(i).x() - middleX, points.get(i).y() - middleY);
            if (distance > farthest) {
                farthest = distance;
                start = i;
            }
        }
        List<Point> rotated = new ArrayList<>(points);
        Collections.rotate(rotated, -start);
        return new Ring(rotated);
    }
}
