package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.pipeline.TensorOutput;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ClassificationTest {
    @Test
    void rows_haveTheirGreatestFirst_withLabels() {
        TensorOutput output = floats(Shape.of(2, 3), 0.25f, 0.5f, -1, 3, 1, 2);
        TensorOutput classified = one(output, 2, List.of("cat", "dog", "cow"));
        assertEquals(Shape.of(2, 2), classified.shape());
        assertEquals(ElementType.STRING, classified.type());
        assertEquals(
                List.of("0.500000:1:dog", "0.250000:0:cat", "3.000000:0:cat", "2.000000:2:cow"), strings(classified));
    }

    @Test
    void labels_thatAreNotOneForEachElement_areLeftOut() {
        assertEquals(List.of("2.000000:1"), strings(one(floats(Shape.of(2), 1, 2), 1, List.of("a", "b", "c"))));
    }

    @Test
    void more_thanThereAre_areAll_andEqualOnesComeInTheirOrder() {
        TensorOutput classified = one(floats(Shape.of(3), 1, 1, Float.NaN), 9, List.of());
        assertEquals(Shape.of(3), classified.shape());
        assertEquals(List.of("1.000000:0", "1.000000:1", "nan:2"), strings(classified));
    }

    @Test
    void otherTypes_areComparedAsTheyMean() {
        assertEquals(
                List.of("18446744073709551615:0", "1:1"), strings(one(longs(ElementType.UINT64, -1, 1), 2, List.of())));
        assertEquals(List.of("1:1", "-1:0"), strings(one(longs(ElementType.INT64, -1, 1), 2, List.of())));
        TensorOutput bytes = new TensorOutput(
                "y", ElementType.UINT8, Shape.of(2), List.of(MemorySegment.ofArray(new byte[] {5, (byte) 200})));
        assertEquals(List.of("200:1"), strings(one(bytes, 1, List.of())));
        TensorOutput halves = new TensorOutput(
                "y", ElementType.FLOAT16, Shape.of(2), List.of(MemorySegment.ofArray(new byte[] {0, 0x3c, 0, 0x40})));
        assertEquals(List.of("2.000000:1"), strings(one(halves, 1, List.of())));
    }

    /// Rows of several runs lie apart.
    @Test
    void parts_areOneTensor() {
        TensorOutput output = new TensorOutput(
                "y",
                ElementType.FLOAT32,
                Shape.of(2, 2),
                List.of(
                        floats(Shape.of(1, 2), 1, 2).parts().getFirst(),
                        floats(Shape.of(1, 2), 4, 3).parts().getFirst()));
        assertEquals(List.of("2.000000:1", "4.000000:0"), strings(one(output, 1, List.of())));
    }

    @Test
    void what_cannotBeClassified_isRefused() {
        TensorOutput text = new TensorOutput(
                "y", ElementType.STRING, Shape.of(1), List.of(MemorySegment.ofArray(new byte[] {0, 0, 0, 0})));
        assertThrows(FailureException.class, () -> one(text, 1, List.of()));
        TensorOutput large = new TensorOutput("y", ElementType.FLOAT32, Shape.of(1_000_001), List.of());
        assertThrows(FailureException.class, () -> one(large, 1, List.of()));
        for (long count : new long[] {0, -1, 1_000_001, Long.MAX_VALUE}) {
            assertThrows(FailureException.class, () -> Classification.count(count));
        }
    }

    @Test
    void outputs_thatAreNotAskedFor_stayAsTheyAre() {
        TensorOutput output = floats(Shape.of(2), 1, 2);
        assertSame(
                output,
                Classification.of(List.of(output), Map.of("z", 1), List.of()).getFirst());
        assertEquals(Shape.of(0, 0), one(floats(Shape.of(0, 4)), 3, List.of()).shape());
    }

    @Property(tries = 200)
    void greatest_areThoseOfASort(
            @ForAll @Size(min = 1, max = 40) List<@FloatRange(min = -100, max = 100) Float> values,
            @ForAll @IntRange(min = 1, max = 50) int count) {
        float[] all = new float[values.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = values.get(i);
        }
        List<String> found = strings(one(floats(Shape.of(all.length), all), count, List.of()));
        List<Double> sorted = values.stream()
                .map(value -> Math.rint(value * 1e6) / 1e6)
                .sorted((a, b) -> Double.compare(b, a))
                .limit(count)
                .toList();
        assertEquals(sorted.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            String[] parts = found.get(i).split(":", -1);
            assertEquals(sorted.get(i), Double.parseDouble(parts[0]), 2e-6);
            assertEquals(all[Integer.parseInt(parts[1])], Double.parseDouble(parts[0]), 1e-6);
        }
        assertEquals(found.size(), Arrays.stream(found.toArray()).distinct().count());
    }

    private static TensorOutput one(TensorOutput output, int count, List<String> labels) {
        return Classification.of(List.of(output), Map.of("y", count), labels).getFirst();
    }

    private static TensorOutput floats(Shape shape, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return new TensorOutput("y", ElementType.FLOAT32, shape, List.of(MemorySegment.ofBuffer(data.flip())));
    }

    private static TensorOutput longs(ElementType type, long... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            data.putLong(value);
        }
        return new TensorOutput("y", type, Shape.of(values.length), List.of(MemorySegment.ofBuffer(data.flip())));
    }

    private static List<String> strings(TensorOutput output) {
        return PackedStrings.text(output.parts().getFirst(), output.shape().elements());
    }
}
