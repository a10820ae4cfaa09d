package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;

/// An ellipse, turned about its centre by `angle` degrees, clockwise as seen (x right, y down). Some formats have them;
/// here they come in as polygons.
///
/// Immutable.
///
/// @param radiusX half the width before turning, >= 0
/// @param radiusY half the height before turning, >= 0
public record Ellipse(double cx, double cy, double radiusX, double radiusY, double angle) {
    /// What the conversion is called in reports.
    public static final String TO_POLYGON = "ellipse-to-polygon";

    private static final int LEAST_CORNERS = 8;
    private static final int MOST_CORNERS = 720;

    public Ellipse {
        if (!(radiusX >= 0) || !(radiusY >= 0)) {
            throw new IllegalArgumentException("radius: " + radiusX + ", " + radiusY + " (expected: >= 0)");
        }
    }

    /// The rule **ellipse-to-polygon**: a polygon of **the ellipse's area** whose corners lie at equal steps of the
    /// ellipse's parameter, from its right end on clockwise as seen, and a little outside it, so that the sides are as much
    /// inside. As many corners as keep the outline within `tolerance` of the ellipse: with n of them the sides of an
    /// n-gon in a circle of radius r leave it by r (1 - cos(pi / n)), and an ellipse is such a circle pressed together.
    /// At least 8 and at most 720.
    ///
    /// @param tolerance > 0, in the unit of the radii
    public Ring toPolygon(double tolerance) {
        if (!(tolerance > 0)) {
            throw new IllegalArgumentException("tolerance: " + tolerance + " (expected: > 0)");
        }
        double radius = Math.max(radiusX, radiusY);
        double wanted = radius > tolerance ? Math.PI / Math.acos(1 - tolerance / radius) : LEAST_CORNERS;
        int corners = (int) Math.clamp(Math.ceil(wanted), LEAST_CORNERS, MOST_CORNERS);
        double step = 2 * Math.PI / corners;
        double outside = Math.sqrt(step / Math.sin(step));
        double cos = Math.cos(Math.toRadians(angle));
        double sin = Math.sin(Math.toRadians(angle));
        List<Point> points = new ArrayList<>(corners);
        for (int i = 0; i < corners; i++) {
            double x = outside * radiusX * Math.cos(i * step);
            double y = outside * radiusY * Math.sin(i * step);
            points.add(new Point(cx + x * cos - y * sin, cy + x * sin + y * cos));
        }
        return new Ring(points);
    }

    public double area() {
        return Math.PI * radiusX * radiusY;
    }
}
