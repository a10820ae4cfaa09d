package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.algorithm.distance.DiscreteHausdorffDistance;

final class SmoothingTest {
    @Test
    void smooth_octagon_comesNearerToItsCircle() {
        List<PolygonPart> octagon = List.of(new PolygonPart(new Ellipse(100, 100, 80, 80, 0).toPolygon(40), List.of()));
        List<PolygonPart> smooth = Smoothing.smooth(octagon, 50);
        double worst = worst(smooth.getFirst().outer());
        assertTrue(worst < 0.5 * worst(octagon.getFirst().outer()), () -> "off by " + worst);
    }

    /// The least and the most distance from the middle, apart.
    private static double worst(Ring ring) {
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        Point previous = ring.points().getLast();
        for (Point point : ring.points()) {
            least = Math.min(
                    least, Math.hypot((point.x() + previous.x()) / 2 - 100, (point.y() + previous.y()) / 2 - 100));
            most = Math.max(most, Math.hypot(point.x() - 100, point.y() - 100));
            previous = point;
        }
        return most - least;
    }

    @Test
    void smooth_box_staysWithinTheDeviationOfItsCorners() {
        List<PolygonPart> box = Rings.part(0, 0, 100, 0, 100, 60, 0, 60);
        Ring smooth = Smoothing.smooth(box, 2).getFirst().outer();
        assertTrue(smooth.points().stream().noneMatch(point -> point.equals(new Point(0, 0))));
        double nearest = smooth.points().stream()
                .mapToDouble(point -> Math.hypot(point.x(), point.y()))
                .min()
                .orElseThrow();
        assertEquals(2, nearest, 0.01);
        assertEquals(6000, smooth.signedArea(), 40);
    }

    /// The hole's corner lies in the triangle that the outer corner would be rounded in.
    @Test
    void smooth_cornerWithAnotherInItsTriangle_staysAsItIs() {
        Ring outer = Rings.of(0, 0, 10, 0, 10, 10, 0, 10);
        Ring hole = Rings.of(1, 1, 1, 2, 2, 1);
        List<PolygonPart> smooth = Smoothing.smooth(List.of(new PolygonPart(outer, List.of(hole))), 5);
        assertTrue(Validity.isValid(smooth));
        assertTrue(smooth.getFirst().outer().points().contains(new Point(0, 0)));
    }

    @Test
    void smooth_withoutDeviation_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Smoothing.smooth(Rings.part(0, 0, 1, 0, 1, 1), 0));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void smooth_anyOutline_staysWithinTheDeviation(
            @ForAll("masks") BitMask mask, @ForAll @DoubleRange(min = 0.1, max = 5) double deviation) {
        List<PolygonPart> parts = Contours.of(mask);
        List<PolygonPart> smooth = Smoothing.smooth(parts, deviation);
        for (int i = 0; i < parts.size(); i++) {
            var before = JtsPolygons.polygon(parts.get(i)).getExteriorRing();
            var after = JtsPolygons.polygon(smooth.get(i)).getExteriorRing();
            double distance = DiscreteHausdorffDistance.distance(before, after);
            assertTrue(distance <= deviation + 1e-3, () -> distance + " at " + deviation);
        }
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
