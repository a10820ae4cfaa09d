package dev.firstpass.server.e2e;

import com.google.protobuf.ByteString;
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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// Writes a detector of one box whose numbers depend on every pixel of its row and on no other row: `image`, UINT8
/// [n,8,8,3], to `boxes`, FP32 [n,1,4], and `scores`, FP32 [n,1,1].
///
/// Pure functions.
final class ScoringModel {
    static final int PIXELS = 8 * 8 * 3;

    private static final int NUMBERS = 5;

    private ScoringModel() {}

    /// @param batch `n` for any number of rows, or a number
    static Path write(Path file, long seed, String batch) throws IOException {
        GraphProto graph = GraphProto.newBuilder()
                .setName("main")
                .addInput(value("image", TensorProto.DataType.UINT8, batch, 8, 8, 3))
                .addOutput(value("boxes", TensorProto.DataType.FLOAT, batch, 1, 4))
                .addOutput(value("scores", TensorProto.DataType.FLOAT, batch, 1, 1))
                .addInitializer(weights(seed))
                .addInitializer(whole("flat", 0, 1, PIXELS))
                .addInitializer(whole("parts", 4, 1))
                .addInitializer(whole("axis", 1))
                .addNode(node("Cast", List.of("pixels"), "image")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(TensorProto.DataType.FLOAT.getNumber())))
                .addNode(node("Reshape", List.of("row"), "pixels", "flat"))
                .addNode(node("Mul", List.of("products"), "row", "weights"))
                .addNode(node("ReduceMean", List.of("means"), "products")
                        .addAttribute(axis("axes", 2))
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(0)))
                .addNode(node("Sigmoid", List.of("numbers"), "means"))
                .addNode(node("Split", List.of("box", "score"), "numbers", "parts")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("axis")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(1)))
                .addNode(node("Unsqueeze", List.of("boxes"), "box", "axis"))
                .addNode(node("Unsqueeze", List.of("scores"), "score", "axis"))
                .build();
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .addMetadataProps(metadata("firstpass.family", "ssd"))
                .addMetadataProps(metadata("names", "[\"thing\"]"))
                .setGraph(graph)
                .build();
        return Files.write(file, model.toByteArray());
    }

    private static TensorProto weights(long seed) {
        Random random = new Random(seed);
        ByteBuffer bytes = ByteBuffer.allocate(NUMBERS * PIXELS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian() / 16);
        }
        return TensorProto.newBuilder()
                .setName("weights")
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addAllDims(List.of(1L, (long) NUMBERS, (long) PIXELS))
                .setRawData(ByteString.copyFrom(bytes.flip()))
                .build();
    }

    private static TensorProto whole(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(values.length)
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    private static AttributeProto axis(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(value)
                .build();
    }

    private static NodeProto.Builder node(String operator, List<String> outputs, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs);
    }

    private static StringStringEntryProto metadata(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, String batch, long... extents) {
        TensorShapeProto.Dimension.Builder rows = TensorShapeProto.Dimension.newBuilder();
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder()
                .addDim(batch.equals("n") ? rows.setDimParam(batch) : rows.setDimValue(Long.parseLong(batch)));
        for (long extent : extents) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
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
