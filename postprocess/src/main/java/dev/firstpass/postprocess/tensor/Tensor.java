package dev.firstpass.postprocess.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A read-only view of one row's tensor: densely packed, row-major, little-endian elements in `data`. The first axis
/// is the batch axis and has extent 1.
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
        long expected = shape.elements() * type.bytes();
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(
                    "data: " + data.byteSize() + " bytes (expected: " + expected + " for " + shape + " " + type + ")");
        }
        data = data.asReadOnly();
    }

    public long elements() {
        return shape.elements();
    }

    /// The element at a row-major index, widened to float. Cheap for FLOAT32; bulk work on it should use [#floats()].
    public float f32(long index) {
        return switch (type) {
            case FLOAT32 -> data.getAtIndex(F32, index);
            case FLOAT16 -> Float.float16ToFloat(data.getAtIndex(I16, index));
            case FLOAT64 -> (float) data.getAtIndex(F64, index);
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case INT8, BOOL -> data.get(ValueLayout.JAVA_BYTE, index);
            case INT16 -> data.getAtIndex(I16, index);
            case INT32 -> data.getAtIndex(I32, index);
            case INT64 -> data.getAtIndex(I64, index);
        };
    }

    /// All elements, widened to float, in a new array. One bulk copy for FLOAT32.
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
