package dev.firstpass.registry.importer;

import static dev.firstpass.registry.importer.TfjsFixture.integers;
import static dev.firstpass.registry.importer.TfjsFixture.window;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.onnx.OnnxFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Imports small graphs and runs them in ONNX Runtime against plain Java arithmetic.
final class TfjsGraphImporterTest {
    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void target() {
        target = folder.resolve("model.onnx");
    }

    // ---- operations

    @Property(tries = 60)
    void conv2d_anyWindow_equalsTheDefinition(
            @ForAll @IntRange(min = 3, max = 9) int height,
            @ForAll @IntRange(min = 3, max = 9) int width,
            @ForAll @IntRange(min = 1, max = 3) int kernel,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(min = 1, max = 3) int outputs,
            @ForAll boolean same,
            @ForAll int seed)
            throws Exception {
        Random random = new Random(seed);
        int inputs = 2;
        float[] weights = random(random, kernel * kernel * inputs * outputs);
        byte[] image = pixels(random, 2 * height * width * inputs);
        TfjsFixture graph = new TfjsFixture(height, width, inputs)
                .floats("w", weights, kernel, kernel, inputs, outputs)
                .node("Conv2D", "conv", List.of("resize", "w"), window(same ? "SAME" : "VALID", stride, 1));

        float[] actual = runTemporary(graph, "conv", image, 2);

        float[] expected = convolve(
                image,
                2,
                height,
                width,
                inputs,
                outputs,
                kernel,
                stride,
                same,
                (ky, kx, i, o) -> weights[((ky * kernel + kx) * inputs + i) * outputs + o]);
        assertArrayEquals(expected, actual, 1e-2f);
    }

    @Property(tries = 60)
    void depthwise_anyWindow_equalsTheDefinition(
            @ForAll @IntRange(min = 3, max = 9) int height,
            @ForAll @IntRange(min = 3, max = 9) int width,
            @ForAll @IntRange(min = 1, max = 3) int kernel,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(min = 1, max = 2) int multiplier,
            @ForAll boolean same,
            @ForAll int seed)
            throws Exception {
        Random random = new Random(seed);
        int inputs = 3;
        float[] weights = random(random, kernel * kernel * inputs * multiplier);
        byte[] image = pixels(random, height * width * inputs);
        TfjsFixture graph = new TfjsFixture(height, width, inputs)
                .floats("w", weights, kernel, kernel, inputs, multiplier)
                .node(
                        "DepthwiseConv2dNative",
                        "conv",
                        List.of("resize", "w"),
                        window(same ? "SAME" : "VALID", stride, 1));

        float[] actual = runTemporary(graph, "conv", image, 1);

        float[] expected = convolve(
                image,
                1,
                height,
                width,
                inputs,
                inputs * multiplier,
                kernel,
                stride,
                same,
                (ky, kx, i, o) -> o / multiplier == i
                        ? weights[((ky * kernel + kx) * inputs + i) * multiplier + o % multiplier]
                        : 0);
        assertArrayEquals(expected, actual, 1e-2f);
    }

    @Test
    void batchNorm_biasAndRelu6_equalTheDefinition() throws Exception {
        TfjsFixture graph = new TfjsFixture(1, 2, 2)
                .floats("gamma", new float[] {2, 1}, 2)
                .floats("beta", new float[] {1, -1}, 2)
                .floats("mean", new float[] {3, 4}, 2)
                .floats("variance", new float[] {4, 1}, 2)
                .floats("bias", new float[] {0.5f, 0.25f}, 2)
                .node(
                        "FusedBatchNorm",
                        "norm",
                        List.of("resize", "gamma", "beta", "mean", "variance"),
                        attributes -> attributes.putObject("epsilon").put("f", 0.0))
                .node("BiasAdd", "biased", "norm", "bias")
                .node("Relu6", "relu", "biased");

        float[] actual = run(graph, "relu", new byte[] {3, 4, 9, 0}, 1);

        assertArrayEquals(new float[] {1.5f, 0, 6, 0}, actual, 1e-6f);
    }

    /// The shape of a box decoder: rows and columns of numbers taken apart, joined with a constant per row of the
    /// batch.
    @Test
    void sizesFromTheBatch_foldIntoAModelForAnyBatch() throws Exception {
        TfjsFixture graph = new TfjsFixture(2, 3, 1)
                .floats("anchors", new float[] {10, 20, 30, 40, 50, 60}, 1, 3, 2)
                .ints("zero", 0)
                .ints("one", 1)
                .scalar("1", 1)
                .scalar("2", 2)
                .scalar("3", 3)
                .ints("flat", -1, 2)
                .ints("swap", 1, 0)
                .ints("begin", 0, 1, 0)
                .ints("all", -1, -1, -1)
                .node("Shape", "shape", "resize")
                .node(
                        "StridedSlice",
                        "batch",
                        List.of("shape", "zero", "one", "one"),
                        attributes -> attributes.putObject("shrink_axis_mask").put("i", "1"))
                .node("Pack", "repeats", "batch", "1", "1")
                .node("Pack", "boxes", "batch", "3", "2")
                .node("Tile", "tiled", "anchors", "repeats")
                .node("Reshape", "rows", "tiled", "flat")
                .node("Reshape", "pixels", "resize", "flat")
                .node("Transpose", "columns", "pixels", "swap")
                .node("Transpose", "anchorColumns", "rows", "swap")
                .node("Unpack", "parts", "columns")
                .node("Unpack", "anchorParts", "anchorColumns")
                .node("Add", "x", "parts", "anchorParts")
                .node("Sub", "y", "parts:1", "anchorParts:1")
                .node("Pack", "joined", "x", "y")
                .node("Transpose", "joinedRows", "joined", "swap")
                .node("Reshape", "result", "joinedRows", "boxes")
                .node("Slice", "tail", "result", "begin", "all");
        byte[] image = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

        float[] actual = run(graph, "tail", image, 2);

        assertArrayEquals(new float[] {33, -36, 55, -54, 39, -30, 61, -48}, actual);
        assertEquals(
                List.of(new TensorInfo("out_tail", ElementType.FLOAT32, Shape.of(Shape.DYNAMIC, 2, 2))),
                OnnxFile.read(target).signature().outputs());
    }

    @Test
    void squeezeExpandConcat_keepTheNumbers() throws Exception {
        TfjsFixture graph = new TfjsFixture(1, 2, 2)
                .scalar("axis", -1)
                .scalar("at", 1)
                .node("Squeeze", "flat", List.of("resize"), attributes -> integers(attributes, "squeeze_dims", 1))
                .node("ExpandDims", "deep", "flat", "at")
                .node("ConcatV2", "both", "resize", "deep", "axis");

        assertArrayEquals(new float[] {1, 2, 1, 2, 3, 4, 3, 4}, run(graph, "both", new byte[] {1, 2, 3, 4}, 1));
    }

    // ---- the file

    @Test
    void convert_graph_declaresInputBatchAndMetadata() throws Exception {
        TfjsFixture graph = new TfjsFixture(4, 6, 3).node("Exp", "e", "resize");

        new TfjsGraphImporter().convert(graph.write(folder), graph.recipe("e"), target, ImportProgress.NONE);

        ModelSignature signature = OnnxFile.read(target).signature();
        assertEquals(
                List.of(new TensorInfo("image", ElementType.UINT8, Shape.of(Shape.DYNAMIC, 4, 6, 3))),
                signature.inputs());
        assertEquals(Map.of("firstpass.family", "ssd"), signature.metadata());
    }

    @Test
    void convert_twice_givesTheSameBytes() throws Exception {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).node("Exp", "a", "resize").node("Sigmoid", "b", "resize");
        graph.write(folder);
        List<Integer> steps = new ArrayList<>();

        new TfjsGraphImporter()
                .convert(folder, graph.recipe("a", "b"), target, (done, total) -> steps.add(done * 10 + total));
        byte[] first = Files.readAllBytes(target);
        new TfjsGraphImporter().convert(folder, graph.recipe("a", "b"), target, ImportProgress.NONE);

        assertArrayEquals(first, Files.readAllBytes(target));
        assertEquals(List.of(12, 22), steps);
    }

    // ---- refusals

    @Test
    void convert_unknownOperation_namesNodeAndOperation() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).node("Softplus", "s", "resize");

        assertRejected(graph, "s", "node \"s\" (Softplus): no rule for this operation");
    }

    @Test
    void convert_missingNode_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).node("Exp", "e", "nowhere");

        assertRejected(graph, "e", "node \"nowhere\": not in the graph");
    }

    @Test
    void convert_loop_isRejected() {
        TfjsFixture graph =
                new TfjsFixture(2, 2, 1).node("Add", "a", "resize", "b").node("Exp", "b", "a");

        assertRejected(graph, "b", "part of a loop");
    }

    @Test
    void convert_resizeWithAlignedCorners_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1)
                .node(
                        "ResizeBilinear",
                        "resize",
                        List.of("image_tensor", "size"),
                        attributes -> attributes.putObject("align_corners").put("b", true))
                .node("Exp", "e", "resize");

        assertRejected(graph, "e", "node \"resize\": another resize");
    }

    @Test
    void convert_pixelsChangedBeforeTheCut_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1)
                .node("Exp", "changed", "image_tensor")
                .node("ResizeBilinear", "resize", "changed", "size")
                .node("Exp", "e", "resize");

        assertRejected(graph, "e", "node \"changed\": Exp before the cut");
    }

    @Test
    void convert_trainingBatchNorm_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1)
                .floats("v", new float[] {1}, 1)
                .node(
                        "FusedBatchNorm",
                        "n",
                        List.of("resize", "v", "v", "v", "v"),
                        attributes -> attributes.putObject("is_training").put("b", true));

        assertRejected(graph, "n", "is_training: true (expected: false)");
    }

    @Test
    void convert_shapeThatDoesNotFit_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).ints("shape", 3, 3).node("Reshape", "r", "resize", "shape");

        assertRejected(graph, "r", "cannot be seen as [3, 3]");
    }

    @Test
    void convert_missingInput_isRejected() {
        assertRejected(new TfjsFixture(2, 2, 1).node("Add", "a", "resize"), "a", "do not fit the operation");
    }

    @Test
    void convert_noInputsAtAll_isRejected() {
        assertRejected(new TfjsFixture(2, 2, 1).node("Exp", "e"), "e", "do not fit the operation");
        assertRejected(new TfjsFixture(2, 2, 1).node("ConcatV2", "c"), "c", "do not fit the operation");
    }

    @Test
    void convert_inputThatIsNoOutputOfANode_isRejected() {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).node("Exp", "e", "resize:first");

        assertRejected(graph, "e", "node \"e\": input \"resize:first\" (expected: a node, or node:output)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[4611686018427387904,4]",
                "[4294967297]",
                "[-1]",
                "[2147483647,2147483647,4]",
                "[0.5]",
                "[\"1\"]"
            })
    void convert_weightsOfAnOddShape_isRejected(String shape) throws IOException {
        TfjsFixture graph =
                new TfjsFixture(2, 2, 1).floats("w", new float[] {1}, 1).node("Mul", "m", "resize", "w");
        Path json = graph.write(folder).resolve("model.json");
        String written = Files.readString(json);
        String odd = written.replace("\"dtype\":\"float32\",\"shape\":[1]", "\"dtype\":\"float32\",\"shape\":" + shape);
        assertNotEquals(written, odd);
        Files.writeString(json, odd);

        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> convert(graph, "m"));

        assertTrue(String.valueOf(rejected.getMessage()).startsWith("weight \"w\": "), rejected::getMessage);
    }

    @Test
    void convert_shardTooShort_isRejected() throws IOException {
        TfjsFixture graph = new TfjsFixture(2, 2, 1).node("Exp", "e", "resize");
        graph.write(folder);
        Files.write(folder.resolve("shard2"), new byte[1]);

        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> convert(graph, "e"));

        assertTrue(
                String.valueOf(rejected.getMessage()).contains("more than the shard files hold"), rejected::getMessage);
    }

    @Test
    void convert_noModelOrNoJson_isRejected() throws IOException {
        TfjsFixture graph = new TfjsFixture(2, 2, 1);
        assertThrows(ArtifactRejected.class, () -> convert(graph, "resize"));
        Files.writeString(folder.resolve("model.json"), "{\"modelTopology\": ");
        assertThrows(ArtifactRejected.class, () -> convert(graph, "resize"));
        Files.writeString(folder.resolve("model.json"), "[]");
        assertThrows(ArtifactRejected.class, () -> convert(graph, "resize"));
    }

    @Test
    void labels_gapsOfTheCategoryIds_areEmpty() {
        List<String> labels = CocoSsd.labels();

        assertEquals(90, labels.size());
        assertEquals(
                80, labels.stream().filter(label -> !label.isEmpty()).distinct().count());
        assertEquals(
                List.of("person", "", "dog", "backpack", "dining table", "toothbrush"),
                List.of(labels.get(0), labels.get(11), labels.get(17), labels.get(26), labels.get(66), labels.get(89)));
    }

    // ---- helpers

    private void convert(TfjsFixture graph, String output) throws IOException {
        new TfjsGraphImporter().convert(folder, graph.recipe(output), target, ImportProgress.NONE);
    }

    private void assertRejected(TfjsFixture graph, String output, String message) {
        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> {
            graph.write(folder);
            convert(graph, output);
        });
        assertTrue(String.valueOf(rejected.getMessage()).contains(message), rejected::getMessage);
    }

    /// Properties have no @TempDir.
    private static float[] runTemporary(TfjsFixture graph, String output, byte[] rows, int batch) throws Exception {
        Path folder = Files.createTempDirectory("tfjs");
        try {
            return run(folder, folder.resolve("model.onnx"), graph, output, rows, batch);
        } finally {
            for (String file : List.of("model.json", "shard1", "shard2", "model.onnx")) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.delete(folder);
        }
    }

    private float[] run(TfjsFixture graph, String output, byte[] rows, int batch) throws Exception {
        return run(folder, target, graph, output, rows, batch);
    }

    private static float[] run(Path folder, Path target, TfjsFixture graph, String output, byte[] rows, int batch)
            throws IOException, OrtException {
        GraphRecipe recipe = graph.recipe(output);
        new TfjsGraphImporter().convert(graph.write(folder), recipe, target, ImportProgress.NONE);
        long[] shape = recipe.input().shape().withBatch(batch).toArray();
        ByteBuffer data = ByteBuffer.allocateDirect(rows.length)
                .order(ByteOrder.nativeOrder())
                .put(rows)
                .flip();
        OrtEnvironment ort = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = ort.createSession(target.toString(), options);
                OnnxTensor input = OnnxTensor.createTensor(ort, data, shape, OnnxJavaType.UINT8);
                OrtSession.Result result = session.run(Map.of("image", input))) {
            OnnxTensor tensor = (OnnxTensor) result.get(0);
            float[] values = new float[tensor.getFloatBuffer().remaining()];
            tensor.getFloatBuffer().get(values);
            return values;
        }
    }

    @FunctionalInterface
    private interface Kernel {
        float at(int ky, int kx, int input, int output);
    }

    /// Convolution by its definition, channels last; SAME centres the window with the odd pixel after the image.
    private static float[] convolve(
            byte[] image,
            int batch,
            int height,
            int width,
            int inputs,
            int outputs,
            int size,
            int stride,
            boolean same,
            Kernel kernel) {
        int rows = same ? (height + stride - 1) / stride : (height - size) / stride + 1;
        int columns = same ? (width + stride - 1) / stride : (width - size) / stride + 1;
        int top = same ? Math.max(0, (rows - 1) * stride + size - height) / 2 : 0;
        int left = same ? Math.max(0, (columns - 1) * stride + size - width) / 2 : 0;
        float[] result = new float[batch * rows * columns * outputs];
        for (int index = 0; index < result.length; index++) {
            int o = index % outputs;
            int column = index / outputs % columns;
            int row = index / outputs / columns % rows;
            int n = index / outputs / columns / rows;
            double sum = 0;
            for (int ky = 0; ky < size; ky++) {
                for (int kx = 0; kx < size; kx++) {
                    int y = row * stride + ky - top;
                    int x = column * stride + kx - left;
                    if (y < 0 || x < 0 || y >= height || x >= width) {
                        continue;
                    }
                    for (int i = 0; i < inputs; i++) {
                        int pixel = image[((n * height + y) * width + x) * inputs + i] & 0xff;
                        sum += pixel * (double) kernel.at(ky, kx, i, o);
                    }
                }
            }
            result[index] = (float) sum;
        }
        return result;
    }

    private static float[] random(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    private static byte[] pixels(Random random, int count) {
        byte[] values = new byte[count];
        random.nextBytes(values);
        return values;
    }
}
