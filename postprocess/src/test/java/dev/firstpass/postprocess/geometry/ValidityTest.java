package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class ValidityTest {
    @Test
    void repaired_validParts_areTheSame() {
        List<PolygonPart> parts = Rings.part(0, 0, 4, 0, 4, 4);
        assertSame(parts, Validity.repaired(parts));
    }

    @Test
    void repaired_bowTie_keepsBothLobes() {
        List<PolygonPart> repaired = Validity.repaired(Rings.part(0, 0, 4, 4, 4, 0, 0, 4));
        assertEquals(2, repaired.size());
        assertEquals(8, area(repaired), 1e-9);
    }

    @Test
    void repaired_overlappingParts_areUnited() {
        List<PolygonPart> parts = new ArrayList<>(Rings.part(0, 0, 4, 0, 4, 4, 0, 4));
        parts.addAll(Rings.part(2, 0, 6, 0, 6, 4, 2, 4));
        assertFalse(Validity.isValid(parts));
        List<PolygonPart> repaired = Validity.repaired(parts);
        assertEquals(1, repaired.size());
        assertEquals(24, area(repaired), 1e-9);
    }

    @Test
    void repaired_holeThatSticksOut_isCutAsFarAsItLiesWithin() {
        PolygonPart part = new PolygonPart(Rings.of(0, 0, 4, 0, 4, 4, 0, 4), List.of(Rings.of(3, 1, 6, 1, 6, 2, 3, 2)));
        assertEquals(15, area(Validity.repaired(List.of(part))), 1e-9);
    }

    @Test
    void repaired_spikesAndLines_haveNoPart() {
        assertEquals(List.of(), Validity.repaired(Rings.part(0, 0, 4, 0, 2, 0)));
        List<PolygonPart> spiked = Validity.repaired(Rings.part(0, 0, 4, 0, 4, 4, 4, 9, 4, 4, 0, 4));
        assertEquals(16, area(spiked), 1e-9);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void repaired_anyRings_areValidAndRightWayRound(@ForAll long seed) {
        Random random = new Random(seed);
        List<PolygonPart> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            parts.add(new PolygonPart(ring(random), random.nextBoolean() ? List.of() : List.of(ring(random))));
        }
        List<PolygonPart> repaired = Validity.repaired(parts);
        assertTrue(Validity.isValid(repaired));
        if (!Validity.isValid(parts)) {
            for (PolygonPart part : repaired) {
                assertTrue(part.outer().signedArea() > 0);
                part.holes().forEach(hole -> assertTrue(hole.signedArea() < 0));
            }
        }
        List<PolygonPart> simple = Simplifier.simplify(parts, 2);
        assertTrue(Validity.isValid(simple) || repaired.isEmpty());
        assertTrue(Validity.isValid(VertexBudget.simplify(parts, 12)));
    }

    private static Ring ring(Random random) {
        double[] xy = new double[2 * (3 + random.nextInt(12))];
        boolean onGrid = random.nextBoolean();
        for (int i = 0; i < xy.length; i++) {
            xy[i] = onGrid ? random.nextInt(9) : 20 * random.nextDouble();
        }
        return Rings.of(xy);
    }

    private static double area(List<PolygonPart> parts) {
        return parts.stream().mapToDouble(PolygonPart::area).sum();
    }
}
