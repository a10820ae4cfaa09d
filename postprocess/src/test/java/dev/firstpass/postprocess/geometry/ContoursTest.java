package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class ContoursTest {
    @Test
    void of_emptyMask_hasNoParts() {
        assertEquals(List.of(), Contours.of(Masks.of("000", "000")));
    }

    @Test
    void of_onePixel_isItsSquare() {
        List<PolygonPart> parts = Contours.of(Masks.of("000", "010", "000"));
        assertEquals(List.of(new PolygonPart(ring(1, 1, 2, 1, 2, 2, 1, 2), List.of())), parts);
    }

    @Test
    void of_rectangle_hasFourCornersClockwise() {
        List<PolygonPart> parts = Contours.of(Masks.of("0000000", "0111100", "0111100", "0111100"));
        assertEquals(List.of(new PolygonPart(ring(1, 1, 5, 1, 5, 4, 1, 4), List.of())), parts);
        assertEquals(12, parts.getFirst().outer().signedArea());
    }

    @Test
    void of_ring_hasAHoleCounterClockwise() {
        List<PolygonPart> parts = Contours.of(Masks.of("111", "101", "111"));
        assertEquals(1, parts.size());
        assertEquals(1, parts.getFirst().holes().size());
        assertEquals(-1, parts.getFirst().holes().getFirst().signedArea());
        assertEquals(8, parts.getFirst().area());
    }

    @Test
    void of_pixelsThatShareACorner_areTwoParts() {
        List<PolygonPart> parts = Contours.of(Masks.of("10", "01"));
        assertEquals(
                List.of(
                        new PolygonPart(ring(0, 0, 1, 0, 1, 1, 0, 1), List.of()),
                        new PolygonPart(ring(1, 1, 2, 1, 2, 2, 1, 2), List.of())),
                parts);
    }

    /// The unset pixel in the middle reaches the outside by a corner only: a hole that touches the outer ring.
    @Test
    void of_holeThatReachesOutByACorner_isAHoleOfASimpleRing() {
        List<PolygonPart> parts = Contours.of(Masks.of("1110", "1011", "1110", "0100"));
        assertEquals(1, parts.size());
        assertEquals(1, parts.getFirst().holes().size());
        List<PolygonPart> touching = Contours.of(Masks.of("111", "101", "110"));
        assertEquals(1, touching.size());
        assertEquals(1, touching.getFirst().holes().size());
        assertTrue(JtsPolygons.of(touching).isValid());
    }

    @Test
    void of_unsetPixelsThatShareACorner_areTwoHoles() {
        List<PolygonPart> parts = Contours.of(Masks.of("1111", "1011", "1101", "1111"));
        assertEquals(1, parts.size());
        assertEquals(2, parts.getFirst().holes().size());
    }

    @Test
    void of_islandInAHole_isAPartOfItsOwn() {
        List<PolygonPart> parts = Contours.of(Masks.of("11111", "10001", "10101", "10001", "11111"));
        assertEquals(2, parts.size());
        assertEquals(1, parts.get(0).holes().size());
        assertEquals(List.of(), parts.get(1).holes());
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_anyMask_fillsToTheSameMask(@ForAll("masks") BitMask mask) {
        List<PolygonPart> parts = Contours.of(mask);
        assertEquals(Masks.picture(mask), Masks.picture(Rasterizer.rasterize(parts, mask.size())));
        assertEquals(
                (double) mask.area(),
                parts.stream().mapToDouble(PolygonPart::area).sum());
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_anyMask_isValidAndHoldsCornersOnly(@ForAll("masks") BitMask mask) {
        List<PolygonPart> parts = Contours.of(mask);
        assertTrue(JtsPolygons.of(parts).isValid());
        for (PolygonPart part : parts) {
            assertTrue(part.outer().signedArea() > 0);
            assertTurnsEverywhere(part.outer());
            for (Ring hole : part.holes()) {
                assertTrue(hole.signedArea() < 0);
                assertTurnsEverywhere(hole);
            }
        }
    }

    private static void assertTurnsEverywhere(Ring ring) {
        List<Point> points = ring.points();
        for (int i = 0; i < points.size(); i++) {
            Point a = points.get(i);
            Point b = points.get((i + 1) % points.size());
            Point c = points.get((i + 2) % points.size());
            assertTrue((a.x() == b.x()) != (b.x() == c.x()), () -> a + " " + b + " " + c + " are in line");
        }
    }

    private static Ring ring(double... xy) {
        return Rings.of(xy);
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
