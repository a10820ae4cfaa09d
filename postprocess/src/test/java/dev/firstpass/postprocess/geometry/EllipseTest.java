package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class EllipseTest {
    @Test
    void toPolygon_turnedEllipse_startsAtItsRightEndClockwise() {
        Ring ring = new Ellipse(10, 20, 8, 2, 90).toPolygon(0.1);
        assertTrue(ring.signedArea() > 0);
        assertEquals(10, ring.points().getFirst().x(), 1e-9);
        assertEquals(28, ring.points().getFirst().y(), 0.1);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void toPolygon_anyEllipse_hasItsAreaAndStaysWithinTheTolerance(
            @ForAll @DoubleRange(min = 0.1, max = 900) double radiusX,
            @ForAll @DoubleRange(min = 0.1, max = 900) double radiusY,
            @ForAll @DoubleRange(min = -400, max = 400) double angle,
            @ForAll @DoubleRange(min = 0.2, max = 3) double tolerance) {
        Ellipse ellipse = new Ellipse(50, -20, radiusX, radiusY, angle);
        Ring ring = ellipse.toPolygon(tolerance);
        assertEquals(ellipse.area(), ring.signedArea(), 1e-9 * ellipse.area());
        Point previous = ring.points().getLast();
        for (Point point : ring.points()) {
            assertTrue(off(ellipse, point) <= tolerance);
            assertTrue(off(ellipse, new Point((point.x() + previous.x()) / 2, (point.y() + previous.y()) / 2))
                    <= tolerance);
            previous = point;
        }
    }

    /// At most how far a point is from the ellipse: along the line to the centre.
    private static double off(Ellipse ellipse, Point point) {
        double radians = Math.toRadians(ellipse.angle());
        double x = point.x() - ellipse.cx();
        double y = point.y() - ellipse.cy();
        double u = (x * Math.cos(radians) + y * Math.sin(radians)) / ellipse.radiusX();
        double v = (y * Math.cos(radians) - x * Math.sin(radians)) / ellipse.radiusY();
        return Math.abs(1 - 1 / Math.hypot(u, v)) * Math.hypot(x, y);
    }

    @Test
    void ellipse_withoutSense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Ellipse(0, 0, -1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Ellipse(0, 0, 1, 1, 0).toPolygon(0));
    }
}
