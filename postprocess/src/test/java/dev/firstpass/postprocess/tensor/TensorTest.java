package dev.firstpass.postprocess.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

final class TensorTest {
    /// The bits of one element and the number that they stand for.
    static Stream<Arguments> elements() {
        return Stream.of(
                Arguments.of(ElementType.FLOAT32, Float.floatToIntBits(1.5f), 1.5f),
                Arguments.of(ElementType.FLOAT16, Float.floatToFloat16(-2.25f), -2.25f),
                Arguments.of(ElementType.BFLOAT16, 0x3fc0, 1.5f),
                Arguments.of(ElementType.BFLOAT16, 0xc2f7, -123.5f),
                Arguments.of(ElementType.FLOAT64, Double.doubleToLongBits(0x1p99), 0x1p99f),
                Arguments.of(ElementType.UINT8, 0xff, 255f),
                Arguments.of(ElementType.INT8, 0xff, -1f),
                Arguments.of(ElementType.UINT16, 0xffff, 65_535f),
                Arguments.of(ElementType.INT16, 0xffff, -1f),
                Arguments.of(ElementType.UINT32, 0x8000_0000, 0x1p31f),
                Arguments.of(ElementType.INT32, 0xffff_ffff, -1f),
                Arguments.of(ElementType.UINT64, 0xffff_ffff_ffff_ffffL, 0x1p64f),
                Arguments.of(ElementType.UINT64, 0x8000_0000_0000_0000L, 0x1p63f),
                Arguments.of(ElementType.UINT64, 5L, 5f),
                Arguments.of(ElementType.INT64, 0xffff_ffff_ffff_ffffL, -1f),
                Arguments.of(ElementType.BOOL, 1, 1f));
    }

    @ParameterizedTest
    @MethodSource("elements")
    void f32_ofEveryNumber_isItsValue(ElementType type, Number bits, float value) {
        byte[] eight = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bits.longValue())
                .array();
        MemorySegment data = MemorySegment.ofArray(eight).asSlice(0, type.bytes());
        Tensor tensor = new Tensor("y", type, Shape.of(1), data);
        assertEquals(value, tensor.f32(0));
        assertEquals(value, tensor.floats()[0]);
    }

    @ParameterizedTest
    @EnumSource(value = ElementType.class, mode = Mode.EXCLUDE, names = "STRING")
    void new_ofOtherSizeThanTheShapeSays_isRefused(ElementType type) {
        MemorySegment data = MemorySegment.ofArray(new byte[2 * type.bytes() + 1]);
        assertThrows(IllegalArgumentException.class, () -> new Tensor("y", type, Shape.of(1, 2), data));
    }

    @Test
    void strings_ofStrings_areTheirText() {
        MemorySegment data = MemorySegment.ofArray(new byte[] {1, 0, 0, 0, 'a', 0, 0, 0, 0});
        Tensor tensor = new Tensor("y", ElementType.STRING, Shape.of(1, 2), data);
        assertEquals(List.of("a", ""), tensor.strings());
        assertThrows(IllegalStateException.class, () -> tensor.f32(0));
        assertThrows(IllegalStateException.class, tensor::floats);
    }

    @Test
    void strings_ofNumbers_areRefused() {
        Tensor tensor = new Tensor("y", ElementType.UINT8, Shape.of(1), MemorySegment.ofArray(new byte[1]));
        assertThrows(IllegalStateException.class, tensor::strings);
    }

    @Test
    void bytes_ofStrings_areNotTold() {
        assertThrows(IllegalStateException.class, ElementType.STRING::bytes);
        assertThrows(IllegalStateException.class, () -> ElementType.STRING.bytes(Shape.of(1)));
        assertThrows(ArithmeticException.class, () -> ElementType.FLOAT64.bytes(Shape.of(1L << 61)));
    }

    @Test
    void read_inPieces_givesAllElementsOnce() {
        float[] values = {1, 2, 3, 4, 5};
        ByteBuffer bytes = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Tensor floats = new Tensor("t", ElementType.FLOAT32, Shape.of(1, 5), MemorySegment.ofArray(bytes.array()));
        Tensor small =
                new Tensor("t", ElementType.UINT8, Shape.of(1, 5), MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5}));
        for (Tensor tensor : List.of(floats, small)) {
            float[] piece = new float[2];
            assertEquals(2, tensor.read(0, piece));
            assertArrayEquals(new float[] {1, 2}, piece);
            assertEquals(2, tensor.read(2, piece));
            assertArrayEquals(new float[] {3, 4}, piece);
            assertEquals(1, tensor.read(4, piece));
            assertArrayEquals(new float[] {5, 4}, piece);
        }
    }
}
