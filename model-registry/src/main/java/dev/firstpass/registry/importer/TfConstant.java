package dev.firstpass.registry.importer;

import dev.firstpass.postprocess.tensor.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The value of a Const node: packed elements, row-major, little-endian.
///
/// Immutable: the buffer is read-only and its position never moves.
///
/// @param type FLOAT32, INT32 or BOOL: what TensorFlow.js keeps
record TfConstant(ElementType type, List<Integer> extents, ByteBuffer data) {
    TfConstant {
        extents = List.copyOf(extents);
        data = data.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer elements() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// As the importer to ONNX counts with it.
    ///
    /// @throws UnsupportedGraphException for truth values
    Value value() {
        return switch (type) {
            case FLOAT32 -> {
                float[] values = new float[data.remaining() / Float.BYTES];
                elements().asFloatBuffer().get(values);
                yield new Value.Weights(values, extents);
            }
            case INT32 -> {
                List<Dim> values = new ArrayList<>(data.remaining() / Integer.BYTES);
                for (ByteBuffer left = elements(); left.hasRemaining(); ) {
                    values.add(Dim.of(left.getInt()));
                }
                yield new Value.Sizes(values, extents.isEmpty());
            }
            case BOOL, FLOAT16, BFLOAT16, FLOAT64, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT64, STRING ->
                throw new UnsupportedGraphException("constant: " + type + " (expected: FLOAT32 or INT32)");
        };
    }
}
