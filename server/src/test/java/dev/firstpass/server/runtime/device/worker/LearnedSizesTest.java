package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LearnedSizesTest {
    private final LearnedSizes sizes = new LearnedSizes();

    @Test
    void of_shapesThatRan_isWhatTheirOutputsTook() {
        sizes.learn(tensors(2), tensors(4, 1));
        sizes.learn(tensors(3), tensors(6, 1));

        assertEquals(List.of(16L, 4L), sizes.of(tensors(2)));
        assertEquals(List.of(24L, 4L), sizes.of(tensors(3)));
        assertEquals(List.of(), sizes.of(tensors(5)));
    }

    @Test
    void of_aModelWhoseOutputsVary_isNothingFromThenOn() {
        sizes.learn(tensors(2), tensors(4));
        sizes.learn(tensors(2), tensors(5));
        sizes.learn(tensors(3), tensors(6));

        assertEquals(List.of(), sizes.of(tensors(2)));
        assertEquals(List.of(), sizes.of(tensors(3)));
    }

    @Test
    void of_aStreamOfOddShapes_staysBounded() {
        for (int elements = 1; elements <= 1000; elements++) {
            sizes.learn(tensors(elements), tensors(1));
        }

        assertEquals(List.of(4L), sizes.of(tensors(1)));
        assertEquals(List.of(), sizes.of(tensors(1000)));
    }

    private static List<BatchTensor> tensors(int... elements) {
        return Arrays.stream(elements)
                .mapToObj(count -> new BatchTensor(
                        "x",
                        ElementType.FLOAT32,
                        Shape.of(count),
                        Arena.ofAuto().allocate((long) count * Float.BYTES)))
                .toList();
    }
}
