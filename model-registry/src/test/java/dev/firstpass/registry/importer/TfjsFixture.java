package dev.firstpass.registry.importer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Writes small TensorFlow.js graph-model folders, in the first form of the format (byte strings as arrays). Every
/// graph begins with a node `resize`, where it is to be cut.
///
/// For one thread.
final class TfjsFixture {
    private final ObjectMapper json = new ObjectMapper();
    private final ArrayNode nodes = json.createArrayNode();
    private final ArrayNode weights = json.createArrayNode();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final ObjectNode signature = json.createObjectNode();
    private final int height;
    private final int width;
    private final int channels;

    TfjsFixture(int height, int width, int channels) {
        this.height = height;
        this.width = width;
        this.channels = channels;
        node("Placeholder", "image_tensor", List.of(), attributes -> {});
        ints("size", height, width);
        node("ResizeBilinear", "resize", List.of("image_tensor", "size"), attributes -> {});
    }

    TfjsFixture node(String op, String name, List<String> inputs, Consumer<ObjectNode> attributes) {
        ObjectNode node = nodes.addObject().put("name", name).put("op", op);
        ArrayNode names = node.putArray("input");
        inputs.forEach(names::add);
        attributes.accept(node.putObject("attr"));
        return this;
    }

    TfjsFixture node(String op, String name, String... inputs) {
        return node(op, name, List.of(inputs), attributes -> {});
    }

    TfjsFixture floats(String name, float[] values, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(name, "float32", bytes.array(), shape);
    }

    TfjsFixture ints(String name, int... values) {
        return constant(name, "int32", intBytes(values), values.length);
    }

    TfjsFixture scalar(String name, int value) {
        return constant(name, "int32", intBytes(value));
    }

    TfjsFixture bools(String name, byte... values) {
        return constant(name, "bool", values, values.length);
    }

    /// Floats in fewer bytes: `quantization` says how.
    TfjsFixture packed(String name, Consumer<ObjectNode> quantization, byte[] bytes, int... shape) {
        constant(name, "float32", bytes, shape);
        quantization.accept(((ObjectNode) weights.get(weights.size() - 1)).putObject("quantization"));
        return this;
    }

    /// An input or output that the file itself names; `side` is `inputs` or `outputs`.
    TfjsFixture signed(String side, String name, String tensor, String type, long... extents) {
        ObjectNode info = signature.withObject("/" + side).putObject(name).put("name", tensor);
        info.put("dtype", type);
        ArrayNode dim = info.putObject("tensorShape").putArray("dim");
        for (long extent : extents) {
            dim.addObject().put("size", Long.toString(extent));
        }
        return this;
    }

    private static byte[] intBytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return bytes.array();
    }

    private TfjsFixture constant(String name, String type, byte[] bytes, int... shape) {
        node("Const", name);
        ObjectNode weight = weights.addObject().put("name", name).put("dtype", type);
        ArrayNode extents = weight.putArray("shape");
        for (int extent : shape) {
            extents.add(extent);
        }
        data.writeBytes(bytes);
        return this;
    }

    /// Writes `model.json` and two shards, cut at an odd place.
    Path write(Path folder) throws IOException {
        byte[] bytes = data.toByteArray();
        int cut = bytes.length / 3;
        Files.write(folder.resolve("shard1"), Arrays.copyOf(bytes, cut));
        Files.write(folder.resolve("shard2"), Arrays.copyOfRange(bytes, cut, bytes.length));
        ObjectNode model = json.createObjectNode();
        model.putObject("modelTopology").set("node", nodes);
        if (!signature.isEmpty()) {
            model.set("signature", signature);
        }
        ObjectNode group = model.putArray("weightsManifest").addObject();
        group.putArray("paths").add("shard1").add("shard2");
        group.set("weights", weights);
        json.writeValue(folder.resolve("model.json").toFile(), model);
        return folder;
    }

    GraphRecipe recipe(String... outputs) {
        return new GraphRecipe(
                new GraphRecipe.Input(
                        "resize",
                        "image",
                        ElementType.UINT8,
                        Shape.of(Shape.DYNAMIC, height, width, channels),
                        new GraphRecipe.Replaced("resize", height, width)),
                List.of(outputs).stream()
                        .map(node -> new GraphRecipe.Output(node, "out_" + node))
                        .toList(),
                Map.of("firstpass.family", "ssd"));
    }

    // ---- attributes

    static void text(ObjectNode attributes, String key, String value) {
        ArrayNode bytes = attributes.putObject(key).putArray("s");
        for (byte b : value.getBytes(StandardCharsets.US_ASCII)) {
            bytes.add(b);
        }
    }

    static void integers(ObjectNode attributes, String key, long... values) {
        ArrayNode list = attributes.putObject(key).putObject("list").putArray("i");
        for (long value : values) {
            list.add(Long.toString(value));
        }
    }

    static Consumer<ObjectNode> window(String padding, long stride, long dilation) {
        return attributes -> {
            text(attributes, "data_format", "NHWC");
            text(attributes, "padding", padding);
            integers(attributes, "strides", 1, stride, stride, 1);
            integers(attributes, "dilations", 1, dilation, dilation, 1);
        };
    }
}
