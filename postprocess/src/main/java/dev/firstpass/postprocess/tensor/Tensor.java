package dev.firstpass.postprocess.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// A read-only view of one row's tensor: densely packed, row-major, little-endian elements in `data`; strings as
/// [PackedStrings] has them. The first axis is the batch axis and has extent 1.
///
/// A view never closes anything and may not be kept: it is valid until the [RawOutputs] that gave it is closed.
/// Thread-safe for reading.
public record Tensor(String name, ElementType type, Shape shape, MemorySegment data) {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Tensor {
        check(type, shape, data);
        data = data.asReadOnly();
    }

    /// Whether `data` can be a packed tensor of this type and shape.
    ///
    /// @throws IllegalArgumentException if it cannot
    public static void check(ElementType type, Shape shape, MemorySegment data) {
        if (!type.isFixedSize()) {
            PackedStrings.check(data, shape.elements());
            return;
        }
        long expected = type.bytes(shape);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(
                    "data: " + data.byteSize() + " bytes (expected: " + expected + " for " + shape + " " + type + ")");
        }
    }

    public long elements() {
        return shape.elements();
    }

    /// The element at a row-major index as a float, the nearest one where it is none. Cheap for FLOAT32; bulk work on it
    /// should use [#floats()].
    ///
    /// @throws IllegalStateException for strings
    public float f32(long index) {
        return switch (type) {
            case FLOAT32 -> data.getAtIndex(F32, index);
            case FLOAT16 -> Float.float16ToFloat(data.getAtIndex(I16, index));
            case BFLOAT16 -> Float.intBitsToFloat(data.getAtIndex(I16, index) << Short.SIZE);
            case FLOAT64 -> (float) data.getAtIndex(F64, index);
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case UINT16 -> Short.toUnsignedInt(data.getAtIndex(I16, index));
            case UINT32 -> Integer.toUnsignedLong(data.getAtIndex(I32, index));
            case UINT64 -> unsigned(data.getAtIndex(I64, index));
            case INT8, BOOL -> data.get(ValueLayout.JAVA_BYTE, index);
            case INT16 -> data.getAtIndex(I16, index);
            case INT32 -> data.getAtIndex(I32, index);
            case INT64 -> data.getAtIndex(I64, index);
            case STRING -> throw new IllegalStateException(name + ": strings (expected: numbers)");
        };
    }

    /// Halved and doubled again where the sign bit is in use; the bit that is lost sticks, so that rounding is the same.
    private static float unsigned(long bits) {
        return bits >= 0 ? bits : 2f * ((bits >>> 1) | (bits & 1));
    }

    /// All strings.
    ///
    /// @throws IllegalStateException for anything else
    public List<String> strings() {
        if (type != ElementType.STRING) {
            throw new IllegalStateException(name + ": " + type + " (expected: STRING)");
        }
        return PackedStrings.text(data, elements());
    }

    /// Elements as floats from `first` on, as many as `into` takes or there are, in one copy for FLOAT32: a large tensor is read
    /// in pieces without an array of its size.
    ///
    /// @return how many
    public int read(long first, float[] into) {
        int count = (int) Math.min(into.length, elements() - first);
        read(first, into, count);
        return count;
    }

    /// The same for `count` elements.
    public void read(long first, float[] into, int count) {
        if (type == ElementType.FLOAT32) {
            MemorySegment.copy(data, F32, Float.BYTES * first, into, 0, count);
        } else {
            for (int i = 0; i < count; i++) {
                into[i] = f32(first + i);
            }
        }
    }

    /// All elements as floats, in a new array. One bulk copy for FLOAT32.
    public float[] floats() {
        if (type == ElementType.FLOAT32) {
            return data.toArray(F32);
        }
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = f32(i);
        }
        return values;
    }
}
