package dev.firstpass.server.runtime.engine.tensorflow;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.TensorProto;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Values of attributes, for graphs made by hand.
final class AttributeValues {
    private AttributeValues() {}

    /// A vector of 32-bit integers.
    static AttrValue integers(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return AttrValue.newBuilder()
                .setTensor(TensorProto.newBuilder()
                        .setDtype(DataType.DT_INT32)
                        .setTensorShape(TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length)))
                        .setTensorContent(ByteString.copyFrom(bytes.flip())))
                .build();
    }
}
