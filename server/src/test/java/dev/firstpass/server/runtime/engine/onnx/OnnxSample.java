package dev.firstpass.server.runtime.engine.onnx;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// ONNX Runtime, and the contract's models as ONNX files.
public final class OnnxSample implements EngineSample {
    @Override
    public Engine engine() {
        return OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1);
    }

    @Override
    public Path write(Files model, Path folder) throws IOException {
        GraphProto.Builder graph = switch (model) {
            case DOUBLING ->
                graph(
                        OnnxParts.node("Add", "y", "x", "x"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2),
                        OnnxParts.value("y", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2));
            case DOUBLING_A_SCALAR ->
                graph(
                        OnnxParts.node("Add", "y", "x", "x"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT),
                        OnnxParts.value("y", TensorProto.DataType.FLOAT));
            case POSITIONS_OF_NONZERO ->
                graph(
                        OnnxParts.node("NonZero", "y", "x"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, 4),
                        OnnxParts.value("y", TensorProto.DataType.INT64, 1, OnnxParts.OPEN));
            case SUM_AND_DIFFERENCE ->
                graph(
                                OnnxParts.node("Add", "sum", "a", "b"),
                                OnnxParts.value("a", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2),
                                OnnxParts.value("sum", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2))
                        .addNode(OnnxParts.node("Sub", "difference", "a", "b"))
                        .addInput(OnnxParts.value("b", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2))
                        .addOutput(OnnxParts.value("difference", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 2));
        };
        return write(graph, folder.resolve(model + ".onnx"));
    }

    @Override
    public Path writeIdentity(ElementType type, Path folder) throws IOException {
        return write(
                graph(
                        OnnxParts.node("Identity", "y", "x"),
                        OnnxParts.value("x", type(type), OnnxParts.OPEN, 3),
                        OnnxParts.value("y", type(type), OnnxParts.OPEN, 3)),
                folder.resolve(type + ".onnx"));
    }

    @Override
    public Path writeCast(ElementType to, Path folder) throws IOException {
        NodeProto.Builder cast =
                OnnxParts.node("Cast", "y", "x").addAttribute(OnnxParts.whole("to", type(to).getNumber()));
        return write(
                graph(
                        cast,
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, OnnxParts.OPEN),
                        OnnxParts.value("y", type(to), OnnxParts.OPEN)),
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
        return java.nio.file.Files.write(
                file, OnnxParts.model(graph, opset).build().toByteArray());
    }
}
