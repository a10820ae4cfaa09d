package dev.firstpass.server.e2e;

import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.io.IOException;
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

    /// @param rows [OnnxParts#OPEN] for any number of rows, or a number
    static Path write(Path file, long seed, long rows) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("main")
                .addInput(OnnxParts.value("image", TensorProto.DataType.UINT8, rows, 8, 8, 3))
                .addOutput(OnnxParts.value("boxes", TensorProto.DataType.FLOAT, rows, 1, 4))
                .addOutput(OnnxParts.value("scores", TensorProto.DataType.FLOAT, rows, 1, 1))
                .addInitializer(weights(seed))
                .addInitializer(OnnxParts.longs("flat", 0, 1, PIXELS))
                .addInitializer(OnnxParts.longs("parts", 4, 1))
                .addInitializer(OnnxParts.longs("axis", 1))
                .addNode(OnnxParts.node("Cast", "pixels", "image")
                        .addAttribute(OnnxParts.whole("to", TensorProto.DataType.FLOAT.getNumber())))
                .addNode(OnnxParts.node("Reshape", "row", "pixels", "flat"))
                .addNode(OnnxParts.node("Mul", "products", "row", "weights"))
                .addNode(OnnxParts.node("ReduceMean", "means", "products")
                        .addAttribute(OnnxParts.wholes("axes", 2))
                        .addAttribute(OnnxParts.whole("keepdims", 0)))
                .addNode(OnnxParts.node("Sigmoid", "numbers", "means"))
                .addNode(OnnxParts.node("Split", List.of("box", "score"), "numbers", "parts")
                        .addAttribute(OnnxParts.whole("axis", 1)))
                .addNode(OnnxParts.node("Unsqueeze", "boxes", "box", "axis"))
                .addNode(OnnxParts.node("Unsqueeze", "scores", "score", "axis"));
        return Files.write(file, OnnxParts.detector(graph).toByteArray());
    }

    private static TensorProto weights(long seed) {
        Random random = new Random(seed);
        float[] weights = new float[NUMBERS * PIXELS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian() / 16;
        }
        return OnnxParts.floats("weights", List.of(1L, (long) NUMBERS, (long) PIXELS), weights);
    }
}
