package dev.firstpass.server.runtime.engine.onnx;

import com.google.protobuf.UnsafeByteOperations;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Parts of ONNX files that tests write.
///
/// Pure functions.
public final class OnnxParts {
    /// An extent that the file leaves open.
    public static final long OPEN = -1;

    private static final long OPSET = 13;

    private OnnxParts() {}

    /// @param opset of ONNX' own operators
    static ModelProto.Builder model(GraphProto.Builder graph, long opset) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph);
    }

    static ModelProto.Builder model(GraphProto.Builder graph) {
        return model(graph, OPSET);
    }

    /// One that says nothing of itself.
    public static ModelProto plain(GraphProto.Builder graph) {
        return model(graph).build();
    }

    /// One that says it is a detector of one class.
    public static ModelProto detector(GraphProto.Builder graph) {
        return model(graph)
                .addMetadataProps(entry("firstpass.family", "ssd"))
                .addMetadataProps(entry("names", "[\"thing\"]"))
                .build();
    }

    /// One that names its classes.
    public static ModelProto named(GraphProto.Builder graph, String names) {
        return model(graph).addMetadataProps(entry("names", names)).build();
    }

    static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    public static NodeProto.Builder node(String operator, String output, String... inputs) {
        return node(operator, List.of(output), inputs);
    }

    public static NodeProto.Builder node(String operator, List<String> outputs, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs);
    }

    public static AttributeProto whole(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    public static AttributeProto wholes(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(LongStream.of(values).boxed().toList())
                .build();
    }

    public static TensorProto floats(String name, List<Long> shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, TensorProto.DataType.FLOAT, shape, bytes);
    }

    /// A line of numbers.
    public static TensorProto longs(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return tensor(name, TensorProto.DataType.INT64, List.of((long) values.length), bytes);
    }

    /// @param bytes from its position to its limit; not copied
    public static TensorProto tensor(String name, TensorProto.DataType type, List<Long> shape, ByteBuffer bytes) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .addAllDims(shape)
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes))
                .build();
    }

    /// An input or output.
    ///
    /// @param extents none for a scalar
    public static ValueInfoProto value(String name, TensorProto.DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        Arrays.stream(extents).forEach(extent -> {
            var dimension = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(extent == OPEN ? dimension.setDimParam("n") : dimension.setDimValue(extent));
        });
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
