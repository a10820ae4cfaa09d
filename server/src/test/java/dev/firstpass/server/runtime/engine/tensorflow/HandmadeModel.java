package dev.firstpass.server.runtime.engine.tensorflow;

import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.shape;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.type;

import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.OpDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SaverDef;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// A SavedModel written node by node. It has the input `x`, a vector of floats.
///
/// For one thread.
public final class HandmadeModel {
    private final MetaGraphDef.Builder meta = MetaGraphDef.newBuilder()
            .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"));
    private final GraphDef.Builder graph = GraphDef.newBuilder();

    HandmadeModel() {
        nodes(node("x", "Placeholder").putAttr("dtype", type(DataType.DT_FLOAT)).putAttr("shape", shape(-1)));
    }

    static NodeDef.Builder node(String name, String operation, String... inputs) {
        return NodeDef.newBuilder().setName(name).setOp(operation).addAllInput(List.of(inputs));
    }

    static OpDef.ArgDef argument(String name, DataType type) {
        return OpDef.ArgDef.newBuilder().setName(name).setType(type).build();
    }

    HandmadeModel nodes(NodeDef.Builder... nodes) {
        Arrays.stream(nodes).forEach(graph::addNode);
        return this;
    }

    HandmadeModel function(OpDef.Builder signature, FunctionDef.Builder body) {
        graph.getLibraryBuilder().addFunction(body.setSignature(signature));
        return this;
    }

    /// The signature that is served.
    HandmadeModel served(String output, DataType type) {
        return signature("serving_default", "y", output, type);
    }

    HandmadeModel signature(String key, String name, String output, DataType type) {
        meta.putSignatureDef(
                key,
                SignatureDef.newBuilder()
                        .putInputs("x", tensor("x:0", DataType.DT_FLOAT))
                        .putOutputs(name, tensor(output, type))
                        .build());
        return this;
    }

    HandmadeModel initialisedBy(String node) {
        meta.putSignatureDef(
                "__saved_model_init_op",
                SignatureDef.newBuilder()
                        .putOutputs("__saved_model_init_op", tensor(node, DataType.DT_INVALID))
                        .build());
        return this;
    }

    HandmadeModel saver(String filename, String save, String restore) {
        meta.setSaverDef(SaverDef.newBuilder()
                .setFilenameTensorName(filename)
                .setSaveTensorName(save)
                .setRestoreOpName(restore));
        return this;
    }

    private static TensorInfo tensor(String name, DataType type) {
        return TensorInfo.newBuilder()
                .setName(name)
                .setDtype(type)
                .setTensorShape(shape(-1).getShape())
                .build();
    }

    /// @return `directory`, now a SavedModel
    public Path write(Path directory) throws IOException {
        SavedModel saved = SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(meta.setGraphDef(graph))
                .build();
        Files.createDirectories(directory);
        Files.write(directory.resolve(SavedModelFile.FILE_NAME), saved.toByteArray());
        return directory;
    }
}
