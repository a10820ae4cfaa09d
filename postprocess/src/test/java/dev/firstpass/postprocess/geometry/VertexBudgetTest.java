package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class VertexBudgetTest {
    @Test
    void simplify_fewCorners_areTheSame() {
        List<PolygonPart> box = Rings.part(0, 0, 4, 0, 4, 4, 0, 4);
        assertSame(box, VertexBudget.simplify(box, 4));
    }

    @Test
    void simplify_cornerOnASide_goesFirst() {
        List<PolygonPart> simple = VertexBudget.simplify(Rings.part(0, 0, 5, 0.1, 10, 0, 10, 10, 0, 10), 4);
        assertEquals(
                List.of(new Point(0, 0), new Point(10, 0), new Point(10, 10), new Point(0, 10)),
                simple.getFirst().outer().points());
    }

    /// Three boxes, one with a hole, and nine corners: the smallest ring goes, whole.
    @Test
    void simplify_moreRingsThanTriangles_leavesOutTheSmallest() {
        List<PolygonPart> parts = new ArrayList<>();
        parts.add(new PolygonPart(Rings.of(0, 0, 20, 0, 20, 20, 0, 20), List.of(Rings.of(5, 5, 5, 9, 9, 9, 9, 5))));
        parts.addAll(Rings.part(30, 0, 31, 0, 31, 1, 30, 1));
        parts.addAll(Rings.part(30, 10, 40, 10, 40, 20, 30, 20));
        List<PolygonPart> nine = VertexBudget.simplify(parts, 9);
        assertEquals(2, nine.size());
        assertEquals(1, nine.getFirst().holes().size());
        assertEquals(9, VertexBudget.corners(nine));
        List<PolygonPart> three = VertexBudget.simplify(parts, 3);
        assertEquals(1, three.size());
        assertEquals(3, VertexBudget.corners(three));
        assertEquals(200, three.getFirst().area(), 1e-9);
    }

    @ParameterizedTest
    @EnumSource(SampleMasks.class)
    void simplify_moreCorners_coverThePixelsNoWorse(SampleMasks sample) {
        List<PolygonPart> exact = Contours.of(sample.mask());
        double before = 0;
        for (int most : new int[] {32, 64, 128, 256}) {
            List<PolygonPart> simple = VertexBudget.simplify(exact, most);
            double iou = PixelOverlap.iou(exact, simple);
            assertTrue(VertexBudget.corners(simple) <= most);
            assertTrue(iou >= before - 0.01, most + ": " + iou + " after " + before);
            before = iou;
        }
        assertTrue(before >= 0.985, "IoU " + before);
    }

    @Test
    void simplify_lessThanATriangle_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> VertexBudget.simplify(Rings.part(0, 0, 1, 0, 1, 1), 2));
    }
}
