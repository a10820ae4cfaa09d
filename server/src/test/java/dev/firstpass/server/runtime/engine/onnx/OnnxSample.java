package dev.firstpass.server.runtime.engine.onnx;

import dev.firstpass.postprocess.tensor.ElementType;
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
import java.util.Map;

/// ONNX Runtime, and the contract's models as ONNX files.
public final class OnnxSample implements EngineSample {
    private static final long OPEN = -1;

    @Override
    public Engine engine() {
        return OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1);
    }

    @Override
    public Path write(Files model, Path folder) throws IOException {
        ModelProto proto = switch (model) {
            case DOUBLING ->
                of(
                        "Add",
                        2,
                        value("x", TensorProto.DataType.FLOAT, OPEN, 2),
                        value("y", TensorProto.DataType.FLOAT, OPEN, 2));
            case POSITIONS_OF_NONZERO ->
                of(
                        "NonZero",
                        1,
                        value("x", TensorProto.DataType.FLOAT, 4),
                        value("y", TensorProto.DataType.INT64, 1, OPEN));
        };
        Path file = folder.resolve(model + ".onnx");
        java.nio.file.Files.write(file, proto.toByteArray());
        return file;
    }

    @Override
    public Path writeIdentity(ElementType type, Path folder) throws IOException {
        TensorProto.DataType named = switch (type) {
            case FLOAT32 -> TensorProto.DataType.FLOAT;
            case FLOAT16 -> TensorProto.DataType.FLOAT16;
            case FLOAT64 -> TensorProto.DataType.DOUBLE;
            case UINT8 -> TensorProto.DataType.UINT8;
            case INT8 -> TensorProto.DataType.INT8;
            case INT16 -> TensorProto.DataType.INT16;
            case INT32 -> TensorProto.DataType.INT32;
            case INT64 -> TensorProto.DataType.INT64;
            case BOOL -> TensorProto.DataType.BOOL;
        };
        Path file = folder.resolve(type + ".onnx");
        java.nio.file.Files.write(
                file,
                of("Identity", 1, value("x", named, OPEN, 3), value("y", named, OPEN, 3))
                        .toByteArray());
        return file;
    }

    private static ModelProto of(String operator, int operands, ValueInfoProto input, ValueInfoProto output) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput("y");
        for (int i = 0; i < operands; i++) {
            node.addInput("x");
        }
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(GraphProto.newBuilder()
                        .setName("main")
                        .addNode(node)
                        .addInput(input)
                        .addOutput(output))
                .build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, long... extents) {
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
