package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.savedmodel.DataTypes;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorInfo;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// TensorFlow, and the contract's models as SavedModels.
public final class TensorFlowSample implements EngineSample {
    private static final long OPEN = -1;

    @Override
    public Engine engine() {
        return new TensorFlowEngine(1);
    }

    @Override
    public Path write(Files model, Path folder) throws IOException {
        SavedModel saved = switch (model) {
            case DOUBLING -> doubling(shape(OPEN, 2));
            case DOUBLING_A_SCALAR -> doubling(shape());
            // Where gives one row per element found, and the contract one column.
            case POSITIONS_OF_NONZERO ->
                saved(
                        Map.of("x", tensor("x:0", DataType.DT_FLOAT, shape(4))),
                        Map.of("y", tensor("y:0", DataType.DT_INT64, shape(1, OPEN))),
                        node("found", "Where", "x").putAttr("T", type(DataType.DT_FLOAT)),
                        node("order", "Const")
                                .putAttr("dtype", type(DataType.DT_INT32))
                                .putAttr("value", AttributeValues.integers(1, 0)),
                        node("y", "Transpose", "found", "order")
                                .putAttr("T", type(DataType.DT_INT64))
                                .putAttr("Tperm", type(DataType.DT_INT32)));
            case SUM_AND_DIFFERENCE ->
                saved(
                        Map.of(
                                "a", tensor("a:0", DataType.DT_FLOAT, shape(OPEN, 2)),
                                "b", tensor("b:0", DataType.DT_FLOAT, shape(OPEN, 2))),
                        Map.of(
                                "sum", tensor("sum:0", DataType.DT_FLOAT, shape(OPEN, 2)),
                                "difference", tensor("difference:0", DataType.DT_FLOAT, shape(OPEN, 2))),
                        node("sum", "AddV2", "a", "b").putAttr("T", type(DataType.DT_FLOAT)),
                        node("difference", "Sub", "a", "b").putAttr("T", type(DataType.DT_FLOAT)));
        };
        return write(saved, folder.resolve(model.toString()));
    }

    private static SavedModel doubling(TensorShapeProto shape) {
        return saved(
                Map.of("x", tensor("x:0", DataType.DT_FLOAT, shape)),
                Map.of("y", tensor("y:0", DataType.DT_FLOAT, shape)),
                node("y", "AddV2", "x", "x").putAttr("T", type(DataType.DT_FLOAT)));
    }

    @Override
    public Path writeIdentity(ElementType type, Path folder) throws IOException {
        DataType named = DataTypes.of(type);
        return write(
                saved(
                        Map.of("x", tensor("x:0", named, shape(OPEN, 3))),
                        Map.of("y", tensor("y:0", named, shape(OPEN, 3))),
                        node("y", "Identity", "x").putAttr("T", type(named))),
                folder.resolve(type.toString()));
    }

    @Override
    public Path writeCast(ElementType to, Path folder) throws IOException {
        DataType named = DataTypes.of(to);
        return write(
                saved(
                        Map.of("x", tensor("x:0", DataType.DT_FLOAT, shape(OPEN))),
                        Map.of("y", tensor("y:0", named, shape(OPEN))),
                        node("y", "Cast", "x")
                                .putAttr("SrcT", type(DataType.DT_FLOAT))
                                .putAttr("DstT", type(named))),
                folder.resolve("to-" + to));
    }

    private static Path write(SavedModel model, Path directory) throws IOException {
        java.nio.file.Files.createDirectories(directory);
        java.nio.file.Files.write(directory.resolve(SavedModelFile.FILE_NAME), model.toByteArray());
        return directory;
    }

    private static SavedModel saved(
            Map<String, TensorInfo> inputs, Map<String, TensorInfo> outputs, NodeDef.Builder... nodes) {
        GraphDef.Builder graph = GraphDef.newBuilder();
        inputs.forEach((name, input) -> graph.addNode(node(name, "Placeholder")
                .putAttr("dtype", type(input.getDtype()))
                .putAttr(
                        "shape",
                        AttrValue.newBuilder().setShape(input.getTensorShape()).build())));
        for (NodeDef.Builder node : nodes) {
            graph.addNode(node);
        }
        return SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                        .setGraphDef(graph)
                        .putSignatureDef(
                                "serving_default",
                                SignatureDef.newBuilder()
                                        .setMethodName("tensorflow/serving/predict")
                                        .putAllInputs(inputs)
                                        .putAllOutputs(outputs)
                                        .build()))
                .build();
    }

    private static NodeDef.Builder node(String name, String op, String... inputs) {
        return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(java.util.List.of(inputs));
    }

    private static AttrValue type(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    private static TensorInfo tensor(String name, DataType type, TensorShapeProto shape) {
        return TensorInfo.newBuilder()
                .setName(name)
                .setDtype(type)
                .setTensorShape(shape)
                .build();
    }

    private static TensorShapeProto shape(long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent));
        }
        return shape.build();
    }
}
