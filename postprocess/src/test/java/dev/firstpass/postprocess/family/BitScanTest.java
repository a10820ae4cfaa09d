package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BitScanTest {
    private static final int MANY = 3 * 4096 + 77;

    private static Tensor tensor(float... values) {
        return new FakeOutputs()
                .with("scores", Shape.of(1, values.length), values)
                .tensors()
                .getFirst();
    }

    private static List<Integer> positions(Tensor tensor, float floor, int first, int count) {
        List<Integer> found = new ArrayList<>();
        new BitScan().probabilitiesFrom(floor, tensor, first, count, (index, value) -> {
            assertEquals(Math.clamp(tensor.f32(first + index), 0f, 1f), value);
            found.add(index);
        });
        return found;
    }

    @ParameterizedTest
    @ValueSource(floats = {0, .05f, .5f, .999f, 1})
    void probabilitiesFrom_anyFloor_findsWhatAPlainLoopFinds(float floor) {
        Random random = new Random(3);
        float[] values = new float[MANY];
        for (int i = 0; i < MANY; i++) {
            values[i] = random.nextInt(50) == 0 ? random.nextFloat() : random.nextFloat() * .01f;
        }
        values[MANY - 1] = 1;
        values[17] = -0f;
        values[4096] = 1.0004f;
        values[4097] = -.0004f;
        List<Integer> expected = new ArrayList<>();
        for (int i = 5; i < MANY; i++) {
            if (Math.clamp(values[i], 0f, 1f) >= floor) {
                expected.add(i - 5);
            }
        }
        assertEquals(expected, positions(tensor(values), floor, 5, MANY - 5));
    }

    @ParameterizedTest
    @ValueSource(floats = {1.01f, -.01f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 8})
    void probabilitiesFrom_noProbability_isRefusedByPosition(float value) {
        float[] values = new float[MANY];
        values[MANY - 2] = value;
        OutputInvalidException refused =
                assertThrows(OutputInvalidException.class, () -> positions(tensor(values), .5f, 3, MANY - 3));
        assertEquals(
                "output scores: " + value + " at " + (MANY - 2) + " (expected: 0..1; are these logits?)",
                refused.getMessage());
    }

    @Test
    void requireFinite_rangeAlone_isLookedAt() {
        float[] values = {Float.NaN, -3e38f, 0, 3e38f, Float.POSITIVE_INFINITY};
        new BitScan().requireFinite(tensor(values), 1, 3);
        assertThrows(OutputInvalidException.class, () -> new BitScan().requireFinite(tensor(values), 1, 4));
        assertThrows(OutputInvalidException.class, () -> new BitScan().requireFinite(tensor(values), 0, 1));
    }
}
