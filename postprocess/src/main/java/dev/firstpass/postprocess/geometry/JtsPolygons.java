package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.CoordinateXY;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.MultiPolygon;
import org.locationtech.jts.geom.Polygon;

/// Our polygons as JTS has them, and back.
final class JtsPolygons {
    private static final GeometryFactory FACTORY = new GeometryFactory();

    private JtsPolygons() {}

    static MultiPolygon of(List<PolygonPart> parts) {
        return FACTORY.createMultiPolygon(
                parts.stream().map(JtsPolygons::polygon).toArray(Polygon[]::new));
    }

    static Polygon polygon(PolygonPart part) {
        return FACTORY.createPolygon(
                ring(part.outer()), part.holes().stream().map(JtsPolygons::ring).toArray(LinearRing[]::new));
    }

    static Geometry points(List<Point> points) {
        return FACTORY.createMultiPointFromCoords(coordinates(points, points.size()));
    }

    private static LinearRing ring(Ring ring) {
        return FACTORY.createLinearRing(closed(ring));
    }

    private static Coordinate[] closed(Ring ring) {
        Coordinate[] coordinates = coordinates(ring.points(), ring.points().size() + 1);
        coordinates[coordinates.length - 1] = coordinates[0].copy();
        return coordinates;
    }

    private static Coordinate[] coordinates(List<Point> points, int length) {
        Coordinate[] coordinates = new Coordinate[length];
        for (int i = 0; i < points.size(); i++) {
            coordinates[i] = new CoordinateXY(points.get(i).x(), points.get(i).y());
        }
        return coordinates;
    }

    /// All polygons in `geometry`, outer rings clockwise as seen and holes counter-clockwise; lines, points and empty
    /// polygons in it are left out.
    static List<PolygonPart> parts(Geometry geometry) {
        List<PolygonPart> parts = new ArrayList<>();
        for (int i = 0; i < geometry.getNumGeometries(); i++) {
            if (geometry.getGeometryN(i) instanceof Polygon polygon && !polygon.isEmpty()) {
                parts.add(part(polygon));
            }
        }
        return parts;
    }

    private static PolygonPart part(Polygon polygon) {
        List<Ring> holes = new ArrayList<>();
        for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
            holes.add(ring(polygon.getInteriorRingN(i), false));
        }
        return new PolygonPart(ring(polygon.getExteriorRing(), true), holes);
    }

    private static Ring ring(LinearRing closed, boolean clockwise) {
        return oriented(ring(closed.getCoordinates()), clockwise);
    }

    /// `ring`, reversed where it does not run clockwise (as seen) or counter-clockwise as wanted.
    static Ring oriented(Ring ring, boolean clockwise) {
        return ring.signedArea() > 0 == clockwise
                ? ring
                : new Ring(ring.points().reversed());
    }

    /// @param closed ends with the point it starts with
    static Ring ring(Coordinate[] closed) {
        return new Ring(Arrays.stream(closed, 0, closed.length - 1)
                .map(at -> new Point(at.x, at.y))
                .toList());
    }
}
