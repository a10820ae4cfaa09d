package dev.firstpass.loadtest.paced;

import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Bundles whose model runs on the paced engine alone: an ONNX file that declares its tensors and its pace, and whose only
/// operator no other engine knows. It is a detector that finds nothing; its input takes pixels as they are, in sides
/// that are multiples of [#MULTIPLE] up to [#LONGEST]. Small ones cost a server little; how long they take says the pace.
///
/// Pure functions.
public final class PacedModel {
    /// What sides of images must be a multiple of, or they are scaled.
    public static final int MULTIPLE = 32;

    /// The longest side; larger images are scaled.
    public static final int LONGEST = 160;

    private static final String OPERATOR = "Paced";
    private static final int MOST_ROWS = 32;

    private PacedModel() {}

    /// Writes a bundle.
    ///
    /// @param folder that does not exist yet, or is empty
    public static Path write(Path folder, Pace pace) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("model.onnx"), model(pace).toByteArray());
        Files.writeString(folder.resolve("firstpass.yaml"), """
                family: ssd
                classes: [thing]
                input:
                  size: {shortest: %d, longest: %d, multiple: %d}
                  resize: stretch
                  color: RGB
                  layout: NHWC
                  dtype: uint8
                outputs: {boxes: boxes, scores: scores}
                batching: {max: %d}
                """.formatted(MULTIPLE, LONGEST, MULTIPLE, MOST_ROWS));
        return folder;
    }

    private static ModelProto model(Pace pace) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(GraphProto.newBuilder()
                        .setName("main")
                        .addInput(value("image", TensorProto.DataType.UINT8, "n", "h", "w", 3))
                        .addOutput(value("boxes", TensorProto.DataType.FLOAT, "n", 1, 4))
                        .addOutput(value("scores", TensorProto.DataType.FLOAT, "n", 1, 1))
                        .addNode(NodeProto.newBuilder()
                                .setOpType(OPERATOR)
                                .addInput("image")
                                .addOutput("boxes")
                                .addOutput("scores")));
        for (Map.Entry<String, String> entry : pace.metadata().entrySet()) {
            model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(entry.getKey()).setValue(entry.getValue()));
        }
        return model.build();
    }

    /// @param extents numbers, or names of open axes
    private static ValueInfoProto value(String name, TensorProto.DataType type, Object... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object extent : extents) {
            shape.addDim(
                    extent instanceof Integer number
                            ? TensorShapeProto.Dimension.newBuilder().setDimValue(number)
                            : TensorShapeProto.Dimension.newBuilder().setDimParam(extent.toString()));
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
