package dev.firstpass.server.e2e;

import com.google.protobuf.ByteString;
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
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/// Writes detectors of any size that find one thing in every image, and say in its score which of them they are. The
/// weights are multiplied with the image's mean, so that a run reads all of them, and then with zero.
///
/// Pure functions.
public final class SizedModel {
    private static final int SIDE = 8;
    private static final int COLUMNS = 1024;
    private static final float LEAST_SCORE = 0.5f;
    private static final float STEP = 1f / 4096;

    private SizedModel() {}

    /// @param number 0..2047: which one it is
    /// @param weightBytes a multiple of 4 KiB
    public static Path write(Path file, int number, long weightBytes) throws IOException {
        return write(file, number, weightBytes, false, 1);
    }

    /// One that says it takes any number of rows, and takes one.
    static Path writeLiar(Path file, int number) throws IOException {
        return write(file, number, COLUMNS * Float.BYTES, true, 1);
    }

    /// One that says it tells two classes apart, and gives scores for one.
    static Path writeMistaken(Path file, int number) throws IOException {
        return write(file, number, COLUMNS * Float.BYTES, false, 2);
    }

    private static Path write(Path file, int number, long weightBytes, boolean isLiar, int declaredClasses)
            throws IOException {
        int rows = Math.toIntExact(weightBytes / Float.BYTES / COLUMNS);
        GraphProto graph = GraphProto.newBuilder()
                .setName("main")
                .addInput(value("image", TensorProto.DataType.UINT8, "n", SIDE, SIDE, 3))
                .addOutput(value("boxes", TensorProto.DataType.FLOAT, "n", 1, 4))
                .addOutput(value("scores", TensorProto.DataType.FLOAT, "n", 1, declaredClasses))
                .addInitializer(floats("box", List.of(1L, 1L, 4L), 0.25f, 0.25f, 0.75f, 0.75f))
                .addInitializer(floats("score", List.of(1L, 1L, 1L), LEAST_SCORE + number * STEP))
                .addInitializer(floats("zero", List.of(1L, 1L), 0))
                .addInitializer(weights("rows", 1, rows))
                .addInitializer(weights("weights", rows, COLUMNS))
                .addInitializer(axis())
                .addNode(node("Cast", "pixels", "image").addAttribute(whole("to", 1)))
                .addNode(node("ReduceMean", "mean", "pixels")
                        .addAttribute(axes(1, 2, 3))
                        .addAttribute(whole("keepdims", 0)))
                .addInitializer(tensor(
                        "one",
                        TensorProto.DataType.INT64,
                        List.of(1L),
                        ByteBuffer.allocate(Long.BYTES)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(isLiar ? 1 : -1)
                                .flip()))
                .addNode(node("Reshape", "means", "mean", "one"))
                .addNode(node("Unsqueeze", "column", "means", "axis"))
                .addNode(node("MatMul", "wide", "column", "rows"))
                .addNode(node("MatMul", "product", "wide", "weights"))
                .addNode(node("ReduceMean", "sum", "product")
                        .addAttribute(axes(1))
                        .addAttribute(whole("keepdims", 1)))
                .addNode(node("Mul", "nothing", "sum", "zero"))
                .addNode(node("Unsqueeze", "padded", "nothing", "axis"))
                .addNode(node("Add", "boxes", "padded", "box"))
                .addNode(node("Add", "scores", "padded", "score"))
                .build();
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .addMetadataProps(metadata("firstpass.family", "ssd"))
                .addMetadataProps(metadata("names", "[\"thing\"]"))
                .setGraph(graph)
                .build();
        try (var out = new FileOutputStream(file.toFile())) {
            model.writeTo(out);
        }
        return file;
    }

    /// Which model it was that gave this score.
    static int numberOf(double score) {
        return (int) Math.round((score - LEAST_SCORE) / STEP);
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static AttributeProto whole(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto axes(long... axes) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName("axes").setType(AttributeProto.AttributeType.INTS);
        for (long axis : axes) {
            attribute.addInts(axis);
        }
        return attribute.build();
    }

    private static TensorProto axis() {
        return tensor(
                "axis",
                TensorProto.DataType.INT64,
                List.of(1L),
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(1)
                        .flip());
    }

    private static TensorProto floats(String name, List<Long> shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return tensor(name, TensorProto.DataType.FLOAT, shape, bytes.flip());
    }

    private static TensorProto weights(String name, long rows, long columns) {
        return tensor(
                name,
                TensorProto.DataType.FLOAT,
                List.of(rows, columns),
                ByteBuffer.allocate(Math.toIntExact(rows * columns * Float.BYTES)));
    }

    private static TensorProto tensor(String name, TensorProto.DataType type, List<Long> shape, ByteBuffer bytes) {
        ByteString raw = UnsafeByteOperations.unsafeWrap(bytes);
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .addAllDims(shape)
                .setRawData(raw)
                .build();
    }

    private static StringStringEntryProto metadata(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, String batch, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(batch));
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
