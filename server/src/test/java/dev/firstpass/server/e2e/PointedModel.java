package dev.firstpass.server.e2e;

import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorProto.DataType;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Writes an encoder and a decoder in the manner of Segment Anything. The encoder's embeddings are the means of parts of its row
/// of 64x64; the decoder gives two discs around the mean of the points on the object and the box's corners, of 2 and 8 pixels of
/// the row, and expects of the larger one the more the brighter the row is.
///
/// Pure functions.
public final class PointedModel {
    /// Of the larger disc, in pixels of the row.
    public static final double RADIUS = 8;

    static final double SIDE = 64;

    private PointedModel() {}

    /// @param folder that gets `encoder.onnx` and `decoder.onnx`
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("encoder.onnx"), OnnxParts.plain(encoder()).toByteArray());
        Files.write(folder.resolve("decoder.onnx"), OnnxParts.plain(decoder()).toByteArray());
        return folder;
    }

    private static GraphProto.Builder encoder() {
        return GraphProto.newBuilder()
                .setName("encoder")
                .addInput(OnnxParts.value("input", DataType.FLOAT, OnnxParts.OPEN, 3, 64, 64))
                .addOutput(OnnxParts.value("output", DataType.FLOAT, OnnxParts.OPEN, 3, 4, 4))
                .addNode(OnnxParts.node("AveragePool", "output", "input")
                        .addAttribute(OnnxParts.wholes("kernel_shape", 16, 16))
                        .addAttribute(OnnxParts.wholes("strides", 16, 16)));
    }

    private static GraphProto.Builder decoder() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("decoder")
                .addInput(OnnxParts.value("image_embeddings", DataType.FLOAT, 1, 3, 4, 4))
                .addInput(OnnxParts.value("point_coords", DataType.FLOAT, 1, OnnxParts.OPEN, 2))
                .addInput(OnnxParts.value("point_labels", DataType.FLOAT, 1, OnnxParts.OPEN))
                .addInput(OnnxParts.value("mask_input", DataType.FLOAT, 1, 1, 16, 16))
                .addInput(OnnxParts.value("has_mask_input", DataType.FLOAT, 1))
                .addInput(OnnxParts.value("orig_im_size", DataType.FLOAT, 2))
                .addOutput(OnnxParts.value("masks", DataType.FLOAT, 1, 2, OnnxParts.OPEN, OnnxParts.OPEN))
                .addOutput(OnnxParts.value("iou_predictions", DataType.FLOAT, 1, 2))
                .addOutput(OnnxParts.value("low_res_masks", DataType.FLOAT, 1, 1, 16, 16))
                .addInitializer(scalar("zero", 0))
                .addInitializer(scalar("half", .5f))
                .addInitializer(scalar("one", 1))
                .addInitializer(scalar("side", (float) SIDE))
                .addInitializer(OnnxParts.longs("first", 0))
                .addInitializer(OnnxParts.longs("second", 1))
                .addInitializer(OnnxParts.longs("third", 2))
                .addInitializer(OnnxParts.floats("low", List.of(1L), .25f))
                .addInitializer(OnnxParts.floats("radii", List.of(1L, 2L, 1L, 1L), 4, (float) (RADIUS * RADIUS)))
                .addNode(OnnxParts.node("Mul", "low_res_masks", "mask_input", "has_mask_input"));
        centre(graph);
        axis(graph, "y", "height");
        axis(graph, "x", "width");
        return graph.addNode(OnnxParts.node("Unsqueeze", "down", "y.squares", "third"))
                .addNode(OnnxParts.node("Unsqueeze", "across", "x.squares", "second"))
                .addNode(OnnxParts.node("Add", "distance", "down", "across"))
                .addNode(OnnxParts.node("Unsqueeze", "distances", "distance", "second"))
                .addNode(OnnxParts.node("Sub", "masks", "radii", "distances"))
                .addNode(OnnxParts.node("ReduceMean", "brightness", "image_embeddings")
                        .addAttribute(OnnxParts.whole("keepdims", 0)))
                .addNode(OnnxParts.node("Sigmoid", "expected", "brightness"))
                .addNode(OnnxParts.node("Unsqueeze", "high", "expected", "first"))
                .addNode(OnnxParts.node("Concat", "scores", "low", "high").addAttribute(OnnxParts.whole("axis", 0)))
                .addNode(OnnxParts.node("Unsqueeze", "iou_predictions", "scores", "first"));
    }

    /// Of the points whose label is above 0.5, each axis [1,1].
    private static void centre(GraphProto.Builder graph) {
        graph.addNode(OnnxParts.node("Greater", "counts", "point_labels", "half"))
                .addNode(OnnxParts.node("Cast", "weights", "counts")
                        .addAttribute(OnnxParts.whole("to", DataType.FLOAT.getNumber())))
                .addNode(OnnxParts.node("Unsqueeze", "weight", "weights", "third"))
                .addNode(OnnxParts.node("Mul", "weighted", "point_coords", "weight"))
                .addNode(OnnxParts.node("ReduceSum", "sum", "weighted", "second")
                        .addAttribute(OnnxParts.whole("keepdims", 0)))
                .addNode(OnnxParts.node("ReduceSum", "number", "weights", "second"))
                .addNode(OnnxParts.node("Div", "centre", "sum", "number"))
                .addNode(OnnxParts.node("Split", List.of("x.centre", "y.centre"), "centre")
                        .addAttribute(OnnxParts.whole("axis", 1)))
                .addNode(OnnxParts.node("Split", List.of("height", "width"), "orig_im_size"))
                .addNode(OnnxParts.node("Max", "longest", "height", "width"))
                .addNode(OnnxParts.node("Div", "pixel", "side", "longest"));
    }

    /// Squares of the distances of pixel centres from the centre, in pixels of the row: [1,n].
    private static void axis(GraphProto.Builder graph, String axis, String extent) {
        graph.addNode(OnnxParts.node("Squeeze", axis + ".extent", extent, "first"))
                .addNode(OnnxParts.node("Range", axis + ".edges", "zero", axis + ".extent", "one"))
                .addNode(OnnxParts.node("Add", axis + ".centres", axis + ".edges", "half"))
                .addNode(OnnxParts.node("Mul", axis + ".row", axis + ".centres", "pixel"))
                .addNode(OnnxParts.node("Sub", axis + ".offsets", axis + ".row", axis + ".centre"))
                .addNode(OnnxParts.node("Mul", axis + ".squares", axis + ".offsets", axis + ".offsets"));
    }

    private static TensorProto scalar(String name, float value) {
        return OnnxParts.floats(name, List.of(), value);
    }
}
