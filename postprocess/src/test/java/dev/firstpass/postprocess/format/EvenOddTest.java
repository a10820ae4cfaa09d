package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EvenOddTest {
    private static final Ring OUTER = Samples.ring(0, 0, 20, 0, 20, 20, 0, 20);
    private static final Ring HOLE = Samples.ring(2, 2, 2, 18, 18, 18, 18, 2);
    private static final Ring ISLAND = Samples.ring(5, 5, 10, 5, 10, 10, 5, 10);
    private static final Ring POND = Samples.ring(6, 6, 6, 7, 7, 7);
    private static final Ring BESIDE = Samples.ring(30, 0, 40, 0, 40, 9);

    @Test
    void parts_ofNestedRings_areByWhatSurroundsThem() {
        assertEquals(
                List.of(
                        new PolygonPart(ISLAND, List.of(POND)),
                        new PolygonPart(OUTER, List.of(HOLE)),
                        new PolygonPart(BESIDE, List.of())),
                EvenOdd.parts(List.of(POND, ISLAND, HOLE, OUTER, BESIDE)));
    }

    @Test
    void parts_ofAHoleThatTouchesItsOuterRing_haveIt() {
        Ring touching = Samples.ring(0, 0, 5, 10, 10, 5);
        assertEquals(List.of(new PolygonPart(OUTER, List.of(touching))), EvenOdd.parts(List.of(OUTER, touching)));
    }

    @Test
    void parts_ofTheSameRingTwice_areAPartAndItsHole() {
        assertEquals(List.of(new PolygonPart(OUTER, List.of(OUTER))), EvenOdd.parts(List.of(OUTER, OUTER)));
    }

    @Test
    void parts_ofTooMany_areRefused() {
        List<Ring> many = Collections.nCopies(4097, OUTER);
        assertThrows(IllegalArgumentException.class, () -> EvenOdd.parts(many));
    }

    @Test
    void isApart_whereBoundsOverlap_isFalse() {
        assertTrue(EvenOdd.isApart(List.of(new PolygonPart(OUTER, List.of(HOLE)), new PolygonPart(BESIDE, List.of()))));
        assertFalse(EvenOdd.isApart(List.of(new PolygonPart(OUTER, List.of()), new PolygonPart(ISLAND, List.of()))));
    }
}
