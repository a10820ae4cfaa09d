package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SnapshotTest {
    @Test
    void values_thatArithmeticExplains_areAlike() {
        assertTrue(of(1, 2, 100).isLike(of(1.5f, 2, 99.5f)));
        assertFalse(of(1, 2, 100).isLike(of(3, 2, 100)));
        assertTrue(of(0, 0, 0).isLike(of(0, 0, 0)));
        assertFalse(of(0, 0, 0).isLike(of(0, 0, 0.1f)));
    }

    @Test
    void oneElementOfAHundred_mayBeAnother() {
        float[] values = new float[100];
        values[0] = 5;
        Snapshot other = new Snapshot("y", Shape.of(1, 100), values.clone(), List.of());
        other.values()[7] = 5;
        Snapshot snapshot = new Snapshot("y", Shape.of(1, 100), values, List.of());
        assertTrue(snapshot.isLike(other));
        other.values()[8] = 5;
        assertFalse(snapshot.isLike(other));
    }

    @Test
    void shapesAndStrings_areTheSameOrNotAlike() {
        Snapshot text = new Snapshot("y", Shape.of(1, 1), new float[0], List.of("a"));
        assertTrue(text.isLike(new Snapshot("y", Shape.of(1, 1), new float[0], List.of("a"))));
        assertFalse(text.isLike(new Snapshot("y", Shape.of(1, 1), new float[0], List.of("b"))));
        assertFalse(of(1).isLike(of(1, 1)));
    }

    @Test
    void whatIsNoNumber_isNoticed_andLikeItself() {
        assertTrue(of(1, Float.NaN).hasNaN());
        assertFalse(of(1, Float.NEGATIVE_INFINITY).hasNaN());
        assertTrue(of(1, Float.NaN).isLike(of(1, Float.NaN)));
        assertFalse(of(1, Float.NaN).isLike(of(1, 1)));
        assertTrue(of(1, Float.NEGATIVE_INFINITY).isLike(of(1, Float.NEGATIVE_INFINITY)));
        assertEquals("y", of(1).name());
    }

    private static Snapshot of(float... values) {
        return new Snapshot("y", Shape.of(1, values.length), values, List.of());
    }
}
