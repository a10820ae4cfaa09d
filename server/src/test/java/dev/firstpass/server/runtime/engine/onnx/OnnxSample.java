package dev.firstpass.server.runtime.engine.onnx;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// ONNX Runtime, and the contract's models as ONNX files.
public final class OnnxSample implements EngineSample {
    static final long OPEN = -1;

    @Override
    public Engine engine() {
        return OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1);
    }

    @Override
    public Path write(Files model, Path folder) throws IOException {
        GraphProto.Builder graph = switch (model) {
            case DOUBLING ->
                graph(
                        node("Add", "y", "x", "x"),
                        value("x", TensorProto.DataType.FLOAT, OPEN, 2),
                        value("y", TensorProto.DataType.FLOAT, OPEN, 2));
            case DOUBLING_A_SCALAR ->
                graph(
                        node("Add", "y", "x", "x"),
                        value("x", TensorProto.DataType.FLOAT),
                        value("y", TensorProto.DataType.FLOAT));
            case POSITIONS_OF_NONZERO ->
                graph(
                        node("NonZero", "y", "x"),
                        value("x", TensorProto.DataType.FLOAT, 4),
                        value("y", TensorProto.DataType.INT64, 1, OPEN));
            case SUM_AND_DIFFERENCE ->
                graph(
                                node("Add", "sum", "a", "b"),
                                value("a", TensorProto.DataType.FLOAT, OPEN, 2),
                                value("sum", TensorProto.DataType.FLOAT, OPEN, 2))
                        .addNode(node("Sub", "difference", "a", "b"))
                        .addInput(value("b", TensorProto.DataType.FLOAT, OPEN, 2))
                        .addOutput(value("difference", TensorProto.DataType.FLOAT, OPEN, 2));
        };
        return write(graph, folder.resolve(model + ".onnx"));
    }

    @Override
    public Path writeIdentity(ElementType type, Path folder) throws IOException {
        return write(
                graph(node("Identity", "y", "x"), value("x", type(type), OPEN, 3), value("y", type(type), OPEN, 3)),
                folder.resolve(type + ".onnx"));
    }

    @Override
    public Path writeCast(ElementType to, Path folder) throws IOException {
        NodeProto.Builder cast = node("Cast", "y", "x")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(type(to).getNumber()));
        return write(
                graph(cast, value("x", TensorProto.DataType.FLOAT, OPEN), value("y", type(to), OPEN)),
                folder.resolve("to-" + to + ".onnx"));
    }

    private static TensorProto.DataType type(ElementType type) {
        return switch (type) {
            case FLOAT32 -> TensorProto.DataType.FLOAT;
            case FLOAT16 -> TensorProto.DataType.FLOAT16;
            case BFLOAT16 -> TensorProto.DataType.BFLOAT16;
            case FLOAT64 -> TensorProto.DataType.DOUBLE;
            case UINT8 -> TensorProto.DataType.UINT8;
            case UINT16 -> TensorProto.DataType.UINT16;
            case UINT32 -> TensorProto.DataType.UINT32;
            case UINT64 -> TensorProto.DataType.UINT64;
            case INT8 -> TensorProto.DataType.INT8;
            case INT16 -> TensorProto.DataType.INT16;
            case INT32 -> TensorProto.DataType.INT32;
            case INT64 -> TensorProto.DataType.INT64;
            case BOOL -> TensorProto.DataType.BOOL;
            case STRING -> TensorProto.DataType.STRING;
        };
    }

    static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    static GraphProto.Builder graph(NodeProto.Builder node, ValueInfoProto input, ValueInfoProto output) {
        return GraphProto.newBuilder()
                .setName("main")
                .addNode(node)
                .addInput(input)
                .addOutput(output);
    }

    static Path write(GraphProto.Builder graph, Path file) throws IOException {
        return write(graph, file, 13);
    }

    static Path write(GraphProto.Builder graph, Path file, long opset) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
        return java.nio.file.Files.write(file, model.toByteArray());
    }

    static ValueInfoProto value(String name, TensorProto.DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            var dimension = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(extent == OPEN ? dimension.setDimParam("n") : dimension.setDimValue(extent));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
