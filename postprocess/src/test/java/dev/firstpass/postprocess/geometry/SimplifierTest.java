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
import org.locationtech.jts.geom.Geometry;

final class SimplifierTest {
    @Test
    void simplify_pointsInLine_areRemovedAtZeroTolerance() {
        List<PolygonPart> parts = Simplifier.simplify(Rings.part(0, 0, 2, 0, 4, 0, 4, 4, 0, 4, 0, 2), 0);
        assertEquals(4, parts.getFirst().outer().points().size());
        assertEquals(16, parts.getFirst().area());
    }

    @Test
    void simplify_discOfPixels_hasFewPointsAndNearlyTheSameArea() {
        BitMask disc = new BitMask(new ImageSize(200, 200));
        for (int y = 0; y < 200; y++) {
            int half = (int) Math.round(Math.sqrt(90.0 * 90 - (y - 99.5) * (y - 99.5)));
            disc.setRun(y, 100 - half, 100 + half);
        }
        List<PolygonPart> traced = Contours.of(disc);
        List<PolygonPart> simple = Simplifier.simplify(traced, 1);
        assertTrue(simple.getFirst().outer().points().size() < 60);
        assertEquals((double) disc.area(), simple.getFirst().area(), 0.02 * disc.area());
    }

    @Test
    void simplify_toleranceBeyondTheShape_keepsARingOfThreePoints() {
        List<PolygonPart> parts = Simplifier.simplify(Rings.part(0, 0, 2, 0, 2, 1, 0, 1), 1000);
        assertTrue(parts.getFirst().outer().points().size() >= 3);
        assertTrue(parts.getFirst().area() > 0);
    }

    @Test
    void simplify_crossedRing_isRepaired() {
        List<PolygonPart> parts = Simplifier.simplify(Rings.part(0, 0, 4, 4, 4, 0, 0, 4), 0.1);
        assertTrue(JtsPolygons.of(parts).isValid());
        assertEquals(8, parts.stream().mapToDouble(PolygonPart::area).sum(), 1e-9);
    }

    @Test
    void simplify_ringOfOnePlace_isReturnedAsItIs() {
        List<PolygonPart> place = Rings.part(2, 3, 2, 3, 2, 3);
        assertEquals(place, Simplifier.simplify(place, 1));
    }

    @Test
    void simplify_negativeTolerance_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Simplifier.simplify(Rings.part(0, 0, 1, 0, 1, 1), -1));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void simplify_anyOutline_staysValidWithAllItsPartsAndHoles(
            @ForAll("masks") BitMask mask, @ForAll @DoubleRange(max = 8) double tolerance) {
        List<PolygonPart> parts = Contours.of(mask);
        List<PolygonPart> simple = Simplifier.simplify(parts, tolerance);
        assertTrue(JtsPolygons.of(simple).isValid());
        assertEquals(
                parts.stream().map(part -> part.holes().size()).toList(),
                simple.stream().map(part -> part.holes().size()).toList());
        for (int i = 0; i < parts.size(); i++) {
            assertTrue(simple.get(i).outer().signedArea() > 0);
            assertTrue(parts.get(i)
                    .outer()
                    .points()
                    .containsAll(simple.get(i).outer().points()));
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void simplify_anyOutline_staysWithinTheTolerance(
            @ForAll("masks") BitMask mask, @ForAll @DoubleRange(max = 8) double tolerance) {
        List<PolygonPart> parts = Contours.of(mask);
        List<PolygonPart> simple = Simplifier.simplify(parts, tolerance);
        for (int i = 0; i < parts.size(); i++) {
            Geometry before = outline(parts.get(i));
            Geometry after = outline(simple.get(i));
            double distance = DiscreteHausdorffDistance.distance(before, after);
            assertTrue(
                    distance <= tolerance + 1e-6, () -> distance + " at " + tolerance + "\n" + before + "\n" + after);
        }
    }

    private static Geometry outline(PolygonPart part) {
        return JtsPolygons.polygon(part).getExteriorRing();
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
