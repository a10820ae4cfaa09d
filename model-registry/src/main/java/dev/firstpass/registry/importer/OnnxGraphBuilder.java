package dev.firstpass.registry.importer;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Builds an ONNX graph node by node. Tensor names are made unique; equal constants are stored once. The same calls
/// give the same bytes.
///
/// For one thread.
final class OnnxGraphBuilder {
    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Set<String> taken = new HashSet<>();
    private final Map<TensorProto, String> constants = new HashMap<>();

    OnnxGraphBuilder(String name) {
        graph.setName(name);
    }

    void input(String name, TensorProto.DataType type, List<Dim> extents) {
        taken.add(name);
        graph.addInput(declaration(name, type, extents));
    }

    /// Declares an output and gives it the value of `tensor`.
    void output(String name, TensorProto.DataType type, List<Dim> extents, String tensor) {
        graph.addOutput(declaration(name, type, extents));
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType("Identity")
                .addInput(tensor)
                .addOutput(name));
    }

    /// Reserves a name, so that no tensor between gets it.
    void reserve(String name) {
        taken.add(name);
    }

    /// Adds a node with one output.
    ///
    /// @param hint what the output should be called
    /// @return the output's name
    String node(String op, String hint, List<String> inputs, AttributeProto... attributes) {
        String name = unique(hint);
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(op)
                .addAllInput(inputs)
                .addOutput(name)
                .addAllAttribute(Arrays.asList(attributes)));
        return name;
    }

    String constant(String hint, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(hint, TensorProto.DataType.FLOAT, bytes, shape);
    }

    String vector(String hint, long... values) {
        return integers(hint, values, values.length);
    }

    String scalar(String hint, long value) {
        return integers(hint, new long[] {value});
    }

    private String integers(String hint, long[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(hint, TensorProto.DataType.INT64, bytes, shape);
    }

    private String constant(String hint, TensorProto.DataType type, ByteBuffer bytes, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDataType(type.getNumber()).setRawData(ByteString.copyFrom(bytes));
        for (long extent : shape) {
            tensor.addDims(extent);
        }
        return constants.computeIfAbsent(tensor.build(), content -> {
            String name = unique(hint);
            graph.addInitializer(content.toBuilder().setName(name));
            return name;
        });
    }

    GraphProto build() {
        return graph.build();
    }

    static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto attribute(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    static AttributeProto attribute(String name, List<Long> values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(values)
                .build();
    }

    private String unique(String hint) {
        String name = hint;
        for (int i = 1; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }

    private static ValueInfoProto declaration(String name, TensorProto.DataType type, List<Dim> extents) {
        List<TensorShapeProto.Dimension> dims = new ArrayList<>();
        for (Dim extent : extents) {
            TensorShapeProto.Dimension.Builder dim = TensorShapeProto.Dimension.newBuilder();
            dims.add((extent.timesBatch() ? dim.setDimParam(extent.toString()) : dim.setDimValue(extent.factor()))
                    .build());
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(TensorShapeProto.newBuilder().addAllDim(dims))))
                .build();
    }
}
