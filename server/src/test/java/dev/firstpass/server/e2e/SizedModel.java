package dev.firstpass.server.e2e;

import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("main")
                .addInput(OnnxParts.value("image", TensorProto.DataType.UINT8, OnnxParts.OPEN, SIDE, SIDE, 3))
                .addOutput(OnnxParts.value("boxes", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 1, 4))
                .addOutput(OnnxParts.value("scores", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 1, declaredClasses))
                .addInitializer(OnnxParts.floats("box", List.of(1L, 1L, 4L), 0.25f, 0.25f, 0.75f, 0.75f))
                .addInitializer(OnnxParts.floats("score", List.of(1L, 1L, 1L), LEAST_SCORE + number * STEP))
                .addInitializer(OnnxParts.floats("zero", List.of(1L, 1L), 0))
                .addInitializer(weights("rows", 1, rows))
                .addInitializer(weights("weights", rows, COLUMNS))
                .addInitializer(OnnxParts.longs("axis", 1))
                .addNode(OnnxParts.node("Cast", "pixels", "image").addAttribute(OnnxParts.whole("to", 1)))
                .addNode(OnnxParts.node("ReduceMean", "mean", "pixels")
                        .addAttribute(OnnxParts.wholes("axes", 1, 2, 3))
                        .addAttribute(OnnxParts.whole("keepdims", 0)))
                .addInitializer(OnnxParts.longs("one", isLiar ? 1 : -1))
                .addNode(OnnxParts.node("Reshape", "means", "mean", "one"))
                .addNode(OnnxParts.node("Unsqueeze", "column", "means", "axis"))
                .addNode(OnnxParts.node("MatMul", "wide", "column", "rows"))
                .addNode(OnnxParts.node("MatMul", "product", "wide", "weights"))
                .addNode(OnnxParts.node("ReduceMean", "sum", "product")
                        .addAttribute(OnnxParts.wholes("axes", 1))
                        .addAttribute(OnnxParts.whole("keepdims", 1)))
                .addNode(OnnxParts.node("Mul", "nothing", "sum", "zero"))
                .addNode(OnnxParts.node("Unsqueeze", "padded", "nothing", "axis"))
                .addNode(OnnxParts.node("Add", "boxes", "padded", "box"))
                .addNode(OnnxParts.node("Add", "scores", "padded", "score"));
        try (var out = new FileOutputStream(file.toFile())) {
            OnnxParts.detector(graph).writeTo(out);
        }
        return file;
    }

    /// Which model it was that gave this score.
    static int numberOf(double score) {
        return (int) Math.round((score - LEAST_SCORE) / STEP);
    }

    private static TensorProto weights(String name, long rows, long columns) {
        return OnnxParts.tensor(
                name,
                TensorProto.DataType.FLOAT,
                List.of(rows, columns),
                ByteBuffer.allocate(Math.toIntExact(rows * columns * Float.BYTES)));
    }
}
