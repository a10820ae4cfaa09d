package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class ClippingTest {
    private static final ImageSize SIZE = new ImageSize(10, 8);

    @Test
    void clipped_partWithin_isThatPart() {
        List<PolygonPart> parts = Rings.part(0, 0, 10, 0, 10, 8, 4, 4);
        assertSame(parts.getFirst(), Clipping.clipped(parts, SIZE).getFirst());
    }

    @Test
    void clipped_triangleToFarOutside_isCutAlongTheBorder() {
        // Its edges meet the right border at 2 and 6; with the far corner moved to the border, they would at 4.
        List<PolygonPart> parts = Clipping.clipped(Rings.part(0, 4, 20, 0, 20, 8), SIZE);
        assertEquals(1, parts.size());
        assertEquals(20, parts.getFirst().area(), 1e-9);
        assertTrue(parts.getFirst().outer().points().containsAll(List.of(new Point(10, 2), new Point(10, 6))));
    }

    @Test
    void clipped_partWithTwoArmsInside_isTwoParts() {
        List<PolygonPart> parts =
                Clipping.clipped(Rings.part(8, 1, 12, 1, 12, 7, 8, 7, 8, 5, 11, 5, 11, 3, 8, 3), SIZE);
        assertEquals(2, parts.size());
        assertEquals(8, parts.stream().mapToDouble(PolygonPart::area).sum(), 1e-9);
    }

    @Test
    void clipped_holeAtTheBorder_isNoHoleAnyMore() {
        PolygonPart part =
                new PolygonPart(Rings.of(5, 1, 15, 1, 15, 7, 5, 7), List.of(Rings.of(8, 3, 8, 5, 12, 5, 12, 3)));
        List<PolygonPart> parts = Clipping.clipped(List.of(part), SIZE);
        assertEquals(List.of(), parts.getFirst().holes());
        assertEquals(26, parts.getFirst().area(), 1e-9);
    }

    @Test
    void clipped_cornerAHairFromTheBorder_isOneCorner() {
        double within = Math.nextDown(10.0);
        List<PolygonPart> parts = Clipping.clipped(Rings.part(within, 1, 14, 4, within, 7, 5, 4), SIZE);
        assertEquals(3, parts.getFirst().outer().points().size(), parts::toString);
        assertEquals(15, parts.getFirst().area(), 1e-9);
    }

    @Test
    void clipped_nothingWithAnAreaInTheImage_isNothing() {
        assertEquals(List.of(), Clipping.clipped(Rings.part(11, 1, 14, 1, 14, 4), SIZE));
        assertEquals(List.of(), Clipping.clipped(Rings.part(10, 1, 14, 1, 14, 4), SIZE));
        assertEquals(List.of(), Clipping.clipped(Rings.part(1, 1, 4, 1, 2, 1), SIZE));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void clipped_anyParts_coverThePixelsThatTheyCovered(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize size = new ImageSize(1 + random.nextInt(40), 1 + random.nextInt(40));
        List<PolygonPart> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            parts.add(new PolygonPart(
                    ring(random, size), random.nextBoolean() ? List.of() : List.of(ring(random, size))));
        }
        List<PolygonPart> valid = Validity.repaired(parts);
        List<PolygonPart> clipped = Clipping.clipped(valid, size);
        assertEquals(
                RunLengths.of(Rasterizer.rasterize(valid, size)), RunLengths.of(Rasterizer.rasterize(clipped, size)));
        for (PolygonPart part : clipped) {
            assertTrue(Validity.isValid(List.of(part)), () -> "valid: " + part);
            assertTrue(part.outer().points().stream().allMatch(point -> isIn(point, size)), () -> "within: " + part);
        }
    }

    private static boolean isIn(Point point, ImageSize size) {
        return point.x() >= 0 && point.y() >= 0 && point.x() <= size.width() && point.y() <= size.height();
    }

    /// Crossing itself as often as not, and out of the image by as much as it is large.
    private static Ring ring(Random random, ImageSize size) {
        List<Point> points = new ArrayList<>();
        for (int i = 3 + random.nextInt(6); i > 0; i--) {
            points.add(new Point(at(random, size.width()), at(random, size.height())));
        }
        return new Ring(points);
    }

    private static double at(Random random, int extent) {
        return random.nextInt(-extent, 2 * extent) + random.nextDouble();
    }
}
