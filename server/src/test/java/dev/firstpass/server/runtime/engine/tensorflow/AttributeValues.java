package dev.firstpass.server.runtime.engine.tensorflow;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.NameAttrList;
import dev.firstpass.registry.savedmodel.proto.TensorProto;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

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

    static AttrValue type(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    static AttrValue types(DataType... types) {
        return AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addAllType(List.of(types)))
                .build();
    }

    static AttrValue text(String text) {
        return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
    }

    static AttrValue number(long number) {
        return AttrValue.newBuilder().setI(number).build();
    }

    static AttrValue function(String name) {
        return AttrValue.newBuilder()
                .setFunc(NameAttrList.newBuilder().setName(name))
                .build();
    }

    /// A shape of known extents; -1 is an unknown one.
    static AttrValue shape(long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent));
        }
        return AttrValue.newBuilder().setShape(shape).build();
    }

    /// One text.
    static AttrValue string(String text) {
        return AttrValue.newBuilder()
                .setTensor(TensorProto.newBuilder()
                        .setDtype(DataType.DT_STRING)
                        .setTensorShape(TensorShapeProto.getDefaultInstance())
                        .addStringVal(ByteString.copyFromUtf8(text)))
                .build();
    }

    /// A vector of texts.
    static AttrValue strings(String... texts) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDtype(DataType.DT_STRING)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(texts.length)));
        for (String text : texts) {
            tensor.addStringVal(ByteString.copyFromUtf8(text));
        }
        return AttrValue.newBuilder().setTensor(tensor).build();
    }

    /// One 32-bit integer.
    static AttrValue integer(int value) {
        return AttrValue.newBuilder()
                .setTensor(
                        integers(value).getTensor().toBuilder().setTensorShape(TensorShapeProto.getDefaultInstance()))
                .build();
    }

    /// One float.
    static AttrValue real(float value) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return AttrValue.newBuilder()
                .setTensor(TensorProto.newBuilder()
                        .setDtype(DataType.DT_FLOAT)
                        .setTensorShape(TensorShapeProto.getDefaultInstance())
                        .setTensorContent(
                                ByteString.copyFrom(bytes.putFloat(value).flip())))
                .build();
    }
}
