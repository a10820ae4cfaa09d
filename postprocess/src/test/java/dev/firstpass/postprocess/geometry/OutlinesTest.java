package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OutlinesTest {
    @ParameterizedTest
    @EnumSource(SampleMasks.class)
    void tolerance_ofOnePixel_keepsThePixelsWithAnEighthOfTheCorners(SampleMasks sample) {
        BitMask mask = sample.mask();
        List<PolygonPart> exact = Outlines.of(mask, OutlineRule.EXACT);
        List<PolygonPart> simple = Outlines.of(mask, OutlineRule.tolerance(1));
        double iou = iou(mask, simple);
        assertTrue(iou >= 0.98, () -> "IoU " + iou);
        assertTrue(
                8 * VertexBudget.corners(simple) <= VertexBudget.corners(exact),
                () -> VertexBudget.corners(exact) + " -> " + VertexBudget.corners(simple));
    }

    /// Half a pixel on either side is a lot of a thing that is 12 wide: such need a smaller tolerance.
    @Test
    void tolerance_ofACable_hasItsPrice() {
        BitMask mask = SampleMasks.cable();
        double atOne = iou(mask, Outlines.of(mask, OutlineRule.tolerance(1)));
        double atLess = iou(mask, Outlines.of(mask, OutlineRule.tolerance(0.7)));
        assertTrue(atOne >= 0.96, () -> "IoU " + atOne);
        assertTrue(atLess >= 0.99, () -> "IoU " + atLess);
    }

    @ParameterizedTest
    @EnumSource(SampleMasks.class)
    void vertices_of64_keepThePixels(SampleMasks sample) {
        BitMask mask = sample.mask();
        List<PolygonPart> simple = Outlines.of(mask, OutlineRule.vertices(64));
        double iou = iou(mask, simple);
        assertTrue(VertexBudget.corners(simple) <= 64);
        assertTrue(Validity.isValid(simple));
        assertTrue(iou >= 0.95, () -> "IoU " + iou);
    }

    @Test
    void minArea_leavesOutIslandsAndFillsHolesBelowIt() {
        BitMask mask = Masks.of(
                "1111100", //
                "1011101", "1110001", "1110000", "1111101");
        assertEquals(List.of("1111100", "1111101", "1110001", "1110000", "1111100"), filled(mask, 2));
        assertEquals(List.of("1111100", "1111100", "1110000", "1110000", "1111100"), filled(mask, 3));
    }

    @Test
    void minArea_ofMoreThanAll_leavesNoPart() {
        assertEquals(List.of(), Outlines.of(Masks.of("11", "11"), OutlineRule.EXACT.withMinArea(5)));
    }

    /// An island in a hole goes before the hole is measured.
    @Test
    void minArea_ofAHoleWithAnIsland_isThatOfTheWholeHole() {
        BitMask mask = Masks.of("11111", "10001", "10101", "10001", "11111");
        assertEquals(List.of("11111", "10001", "10001", "10001", "11111"), filled(mask, 9));
        assertEquals(List.of("11111", "11111", "11111", "11111", "11111"), filled(mask, 10));
    }

    @Test
    void rule_thatMakesNoSense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> OutlineRule.EXACT.withMinArea(0));
        assertThrows(IllegalArgumentException.class, () -> OutlineRule.EXACT.withSmoothing(0));
        assertThrows(IllegalArgumentException.class, () -> OutlineRule.tolerance(-1));
        assertThrows(IllegalArgumentException.class, () -> OutlineRule.tolerance(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> OutlineRule.vertices(2));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void minArea_ofAnyMask_leavesNoRingThatEnclosesLess(
            @ForAll("masks") BitMask mask, @ForAll @IntRange(min = 2, max = 40) int minArea) {
        for (PolygonPart part : Outlines.of(mask, OutlineRule.EXACT.withMinArea(minArea))) {
            assertTrue(part.area() >= minArea);
            part.holes().forEach(hole -> assertTrue(-hole.signedArea() >= minArea));
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void exact_ofAnyMask_fillsToTheSameMask(@ForAll("masks") BitMask mask) {
        List<PolygonPart> parts = Outlines.of(mask, OutlineRule.EXACT);
        assertEquals(Masks.picture(mask), Masks.picture(Rasterizer.rasterize(parts, mask.size())));
        assertEquals(RunLengths.of(mask), CocoPolygons.pixels(parts, mask.size()));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void tolerance_ofAnyMask_neverCrosses(
            @ForAll("masks") BitMask mask, @ForAll @DoubleRange(max = 12) double tolerance) {
        List<PolygonPart> exact = Outlines.of(mask, OutlineRule.EXACT);
        List<PolygonPart> simple = Outlines.of(mask, OutlineRule.tolerance(tolerance));
        assertTrue(Validity.isValid(simple));
        assertEquals(holes(exact), holes(simple));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void vertices_ofAnyMask_areNoMoreAndNeverCross(
            @ForAll("masks") BitMask mask, @ForAll @IntRange(min = 3, max = 120) int most) {
        List<PolygonPart> simple = Outlines.of(mask, OutlineRule.vertices(most));
        assertTrue(Validity.isValid(simple));
        assertTrue(VertexBudget.corners(simple) <= most);
        assertEquals(mask.area() == 0, simple.isEmpty());
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void smoothing_ofAnyMask_neverCrosses(
            @ForAll("masks") BitMask mask,
            @ForAll @DoubleRange(min = 0.1, max = 8) double deviation,
            @ForAll @DoubleRange(max = 6) double tolerance) {
        List<PolygonPart> simple = Outlines.of(mask, OutlineRule.tolerance(tolerance));
        List<PolygonPart> smooth =
                Outlines.of(mask, OutlineRule.tolerance(tolerance).withSmoothing(deviation));
        assertTrue(Validity.isValid(smooth));
        assertEquals(holes(simple), holes(smooth));
    }

    private static List<Integer> holes(List<PolygonPart> parts) {
        return parts.stream().map(part -> part.holes().size()).toList();
    }

    private static List<String> filled(BitMask mask, long minArea) {
        List<PolygonPart> parts = Outlines.of(mask, OutlineRule.EXACT.withMinArea(minArea));
        assertFalse(parts.isEmpty());
        return Masks.picture(Rasterizer.rasterize(parts, mask.size()));
    }

    private static double iou(BitMask mask, List<PolygonPart> parts) {
        return Areas.iou(RunLengths.of(mask), RunLengths.of(Rasterizer.rasterize(parts, mask.size())));
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
