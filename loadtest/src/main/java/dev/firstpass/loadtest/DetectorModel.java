package dev.firstpass.loadtest;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Builds models in the shape of a detector, with seeded weights: `images`, UINT8 [n,3,side,side], to `output0`, FP32
/// [n,14,A], of three heads at strides 8, 16 and 32. Two small outputs, `boxes` and `scores`, are there so that a family
/// can read it.
///
/// For one thread, once.
public final class DetectorModel {
    static final int CHANNELS = 14;

    private static final int FEW = 8;

    private final Random random = new Random(20);
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("main");
    private final int side;
    private final int[] widths;
    private final int blocks;

    private DetectorModel(int side, int[] widths, int blocks) {
        this.side = side;
        this.widths = widths.clone();
        this.blocks = blocks;
    }

    /// About 24 ms of one core.
    static DetectorModel det640() {
        return new DetectorModel(640, new int[] {16, 32, 64, 128, 256}, 1);
    }

    /// A few dozen microseconds of one core.
    public static DetectorModel tiny64() {
        return new DetectorModel(64, new int[] {8, 8, 16, 16, 16}, 0);
    }

    public int side() {
        return side;
    }

    /// Bytes of one row that goes in.
    public int rowBytes() {
        return 3 * side * side;
    }

    int anchors() {
        int eighth = side / 8;
        return eighth * eighth + eighth * eighth / 4 + eighth * eighth / 16;
    }

    /// What is laid over the file when it is registered.
    public String manifest() {
        return """
                family: ssd
                classes: [thing]
                input: {name: images, size: [%d, %d], resize: stretch, color: RGB, layout: NCHW, dtype: uint8, scale: 1}
                outputs: {boxes: boxes, scores: scores}
                batching: {max: 16}
                """.formatted(side, side);
    }

    public Path write(Path file) throws IOException {
        graph.addInput(value("images", TensorProto.DataType.UINT8, 3, side, side));
        graph.addNode(node("Cast", "pixels", "images").addAttribute(whole("to", 1)));
        graph.addInitializer(floats("scale", new long[] {1}, 1f / 255));
        graph.addNode(node("Mul", "scaled", "pixels", "scale"));
        graph.addInitializer(longs("flat", 0, CHANNELS, -1));
        String at = "scaled";
        int channels = 3;
        List<String> heads = new ArrayList<>();
        for (int level = 0; level < widths.length; level++) {
            at = conv("down" + level, at, channels, widths[level], 3, 2);
            channels = widths[level];
            if (level >= 2) {
                for (int block = 0; block < blocks; block++) {
                    at = conv("block" + level + "_" + block, at, channels, channels, 3, 1);
                }
                String head = conv("head" + level, at, channels, CHANNELS, 1, 1);
                graph.addNode(node("Reshape", head + "_flat", head, "flat"));
                heads.add(head + "_flat");
            }
        }
        graph.addNode(node("Concat", "output0", heads.toArray(String[]::new)).addAttribute(whole("axis", 2)));
        graph.addOutput(value("output0", TensorProto.DataType.FLOAT, CHANNELS, anchors()));
        few("boxes", "Identity", 0, 4);
        few("scores", "Sigmoid", 4, 5);
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph)
                .build();
        return Files.write(file, model.toByteArray());
    }

    /// A piece of the heads, last axis first.
    private void few(String name, String last, int from, int to) {
        graph.addInitializer(longs(name + "_from", from, 0));
        graph.addInitializer(longs(name + "_to", to, FEW));
        graph.addInitializer(longs(name + "_axes", 1, 2));
        graph.addNode(node("Slice", name + "_slice", "output0", name + "_from", name + "_to", name + "_axes"));
        graph.addNode(node("Transpose", name + "_turned", name + "_slice")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(List.of(0L, 2L, 1L))));
        graph.addNode(node(last, name, name + "_turned"));
        graph.addOutput(value(name, TensorProto.DataType.FLOAT, FEW, to - from));
    }

    private String conv(String name, String from, int in, int out, int kernel, int stride) {
        float scale = (float) Math.sqrt(2.0 / (in * kernel * kernel));
        float[] weights = new float[out * in * kernel * kernel];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian() * scale;
        }
        graph.addInitializer(floats(name + "_w", new long[] {out, in, kernel, kernel}, weights));
        int pad = kernel / 2;
        graph.addNode(node("Conv", name + "_conv", from, name + "_w")
                .addAttribute(wholes("kernel_shape", kernel, kernel))
                .addAttribute(wholes("strides", stride, stride))
                .addAttribute(wholes("pads", pad, pad, pad, pad)));
        graph.addNode(node("Relu", name, name + "_conv"));
        return name;
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(Arrays.asList(inputs))
                .addOutput(output);
    }

    private static AttributeProto whole(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto wholes(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        Arrays.stream(values).forEach(attribute::addInts);
        return attribute.build();
    }

    private static TensorProto floats(String name, long[] shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, TensorProto.DataType.FLOAT, shape, bytes);
    }

    private static TensorProto longs(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return tensor(name, TensorProto.DataType.INT64, new long[] {values.length}, bytes);
    }

    private static TensorProto tensor(String name, TensorProto.DataType type, long[] shape, ByteBuffer bytes) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes));
        Arrays.stream(shape).forEach(tensor::addDims);
        return tensor.build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"));
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
