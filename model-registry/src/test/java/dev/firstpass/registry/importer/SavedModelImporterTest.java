package dev.firstpass.registry.importer;

import static dev.firstpass.registry.importer.TfjsFixture.integers;
import static dev.firstpass.registry.importer.TfjsFixture.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.importer.SavedModelImporter.Endpoints;
import dev.firstpass.registry.savedmodel.OperationPolicy;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SavedModelImporterTest {
    private static final Endpoints X_TO_Y = new Endpoints(Map.of("x", "x"), Map.of("y", "y"));

    @TempDir
    Path folder = Path.of("");

    // ---- signature

    @Test
    void convert_endpointsOfTheCaller_areTheSignature() throws IOException {
        SavedModelFile file = read(graph().node("Relu", "y", List.of("x:0"), SavedModelImporterTest::floats), X_TO_Y);

        assertEquals(
                List.of(new TensorInfo("x", ElementType.FLOAT32, Shape.of(Shape.DYNAMIC, 2))),
                file.signature().inputs());
        assertEquals("x:0", file.inputs().getFirst().tensor());
        assertEquals(
                List.of(new TensorInfo("y", ElementType.FLOAT32, Shape.of())),
                file.signature().outputs());
        assertEquals("y:0", file.outputs().getFirst().tensor());
    }

    @Test
    void convert_signatureOfTheFile_isKept() throws IOException {
        TfjsFixture graph = graph().node("Split", "y", List.of("x"), SavedModelImporterTest::floats)
                .signed("inputs", "image", "x:0", "DT_FLOAT", -1, 2)
                .signed("outputs", "second", "y:1", "DT_INT32", 1, 5);

        SavedModelFile file = read(graph, Endpoints.OF_THE_FILE);

        assertEquals("image", file.inputs().getFirst().info().name());
        assertEquals(
                new TensorInfo("second", ElementType.INT32, Shape.of(1, 5)),
                file.outputs().getFirst().info());
        assertEquals("y:1", file.outputs().getFirst().tensor());
    }

    /// TensorFlow refuses to feed a node that is not there.
    @Test
    void convert_inputThatNoOutputNeeds_isKept() throws IOException {
        TfjsFixture graph = graph().scalar("y", 3)
                .signed("inputs", "x", "x:0", "DT_FLOAT", -1, 2)
                .signed("outputs", "y", "y:0", "DT_INT32");

        assertEquals(
                Set.of("x", "y"), nodes(convert(graph, Endpoints.OF_THE_FILE)).keySet());
    }

    @Test
    void convert_noSignatureAnywhere_isRejected() throws IOException {
        rejected(graph(), Endpoints.OF_THE_FILE, "model.json: no signature");
        TfjsFixture empty = graph().signed("outputs", "y", "x", "DT_FLOAT");
        assertEquals(1, read(empty, Endpoints.OF_THE_FILE).outputs().size());
    }

    @Test
    void convert_endpointThatIsNoTensor_isRejectedByName() throws IOException {
        rejected(
                graph().signed("outputs", "scores", "y:first", "DT_FLOAT"),
                Endpoints.OF_THE_FILE,
                "output \"scores\": input \"y:first\"");
        rejected(
                graph().signed("inputs", "image", "x:one", "DT_FLOAT").signed("outputs", "y", "x", "DT_FLOAT"),
                Endpoints.OF_THE_FILE,
                "input \"image\": input \"x:one\"");
        rejected(graph(), new Endpoints(Map.of(), Map.of("y", "x:9999999999")), "output \"y\": input \"x:9999999999\"");
        rejected(graph(), X_TO_Y, "node \"y\": not in the graph");
        rejected(
                graph().node("Relu", "y", "x"),
                new Endpoints(Map.of("x", "y"), Map.of("y", "y")),
                "node \"y\" (Relu): no input (expected: a Placeholder)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DT_NONSENSE", "UNRECOGNIZED", "DT_STRING", "DT_INVALID", ""})
    void convert_typeOfAnEndpointThatNoTensorHas_isRejectedByName(String type) throws IOException {
        rejected(graph().signed("outputs", "y", "x", type), Endpoints.OF_THE_FILE, "node \"x\" (Placeholder): ");
    }

    @Test
    void convert_placeholderThatDoesNotSayItsType_isRejected() throws IOException {
        rejected(
                graph(),
                new Endpoints(Map.of("x", "image_tensor"), Map.of("y", "x")),
                "node \"image_tensor\" (Placeholder): DT_INVALID");
    }

    @Test
    void convert_extentThatIsNoNumber_isRejectedByName() throws IOException {
        TfjsFixture graph = graph().node("Placeholder", "bad", List.of(), attributes -> {
            attributes.putObject("dtype").put("type", "DT_FLOAT");
            attributes
                    .putObject("shape")
                    .putObject("shape")
                    .putArray("dim")
                    .addObject()
                    .put("size", "wide");
        });

        rejected(graph, new Endpoints(Map.of("x", "bad"), Map.of("y", "x")), "node \"bad\" (Placeholder): ");
    }

    // ---- nodes

    @Test
    void convert_nodesThatNoOutputNeeds_areLeftOut() throws IOException {
        TfjsFixture graph = graph().node("Relu", "unused", "x")
                .floats("also", new float[] {1}, 1)
                .node("Relu", "middle", "x")
                .node("Relu", "y", "middle:0");

        assertEquals(
                List.of("x", "middle", "y"),
                List.copyOf(nodes(convert(graph, X_TO_Y)).keySet()));
    }

    @Test
    void convert_controlInputs_areKeptWithTheNodesTheyName() throws IOException {
        TfjsFixture graph = graph().node("Relu", "before", "x").node("Add", "y", "x", "^before", "x:1");

        Named<NodeDef> nodes = nodes(convert(graph, X_TO_Y));

        assertEquals(List.of("x", "x:1", "^before"), nodes.get("y").getInputList());
        assertTrue(nodes.containsKey("before"));
    }

    @Test
    void convert_controlInputOfAConstant_isKept() throws IOException {
        TfjsFixture graph = graph().floats("c", new float[] {1}, 1).node("Add", "y", "x", "c");
        Path from = graph.write(folder);
        String json = Files.readString(from.resolve("model.json"));
        Files.writeString(
                from.resolve("model.json"),
                json.replace(
                        "\"name\":\"c\",\"op\":\"Const\",\"input\":[]",
                        "\"name\":\"c\",\"op\":\"Const\",\"input\":[\"^x\"]"));

        assertEquals(List.of("^x"), nodes(convert(from, X_TO_Y)).get("c").getInputList());
    }

    @Test
    void convert_fusedNode_isTakenApart() throws IOException {
        TfjsFixture graph = graph().floats("w", new float[4], 2, 2)
                .floats("b", new float[2], 2)
                .node("_FusedMatMul", "y", List.of("x", "w", "b"), attributes -> {
                    floats(attributes);
                    attributes
                            .putObject("fused_ops")
                            .putObject("list")
                            .putArray("s")
                            .add(base64("BiasAdd"))
                            .add(base64("Relu"));
                });

        Named<NodeDef> nodes = nodes(convert(graph, X_TO_Y));

        assertEquals("Relu", nodes.get("y").getOp());
        assertEquals("MatMul", nodes.get("y/apart_0").getOp());
    }

    @Test
    void convert_nodeThatIsNotThere_isRejectedByName() throws IOException {
        rejected(graph().node("Relu", "y", "absent"), X_TO_Y, "node \"absent\": not in the graph");
        rejected(graph().node("Relu", "y", "x", "^gone"), X_TO_Y, "node \"gone\": not in the graph");
    }

    @Test
    void convert_constantWithoutWeights_isRejectedByName() throws IOException {
        rejected(
                graph().node("Const", "bare").node("Add", "y", "x", "bare"),
                X_TO_Y,
                "node \"bare\" (Const): no weights of that name");
    }

    @Test
    void convert_fusedNodeWithoutItsInputs_isRejectedByName() throws IOException {
        rejected(graph().node("Prelu", "y", "x"), X_TO_Y, "node \"y\" (Prelu): inputs: 1 (expected: more");
    }

    // ---- attributes

    @Test
    void convert_attributesInTheFirstForm_becomeTensorFlows() throws IOException {
        Named<AttrValue> attributes = attributes(out -> {
            text(out, "padding", "SAME");
            out.putObject("count").put("i", "7");
            out.putObject("T").put("type", 1);
            integers(out, "strides", 1, 2, 2, 1);
            out.putObject("_note").put("s", "dropped");
        });

        assertEquals(Set.of("padding", "count", "T", "strides"), attributes.keySet());
        assertEquals("SAME", attributes.get("padding").getS().toStringUtf8());
        assertEquals(7, attributes.get("count").getI());
        assertEquals(DataType.DT_FLOAT, attributes.get("T").getType());
        assertEquals(
                List.of(1L, 2L, 2L, 1L), attributes.get("strides").getList().getIList());
    }

    @Test
    void convert_attributesInTheLaterForm_becomeTensorFlows() throws IOException {
        Named<AttrValue> attributes = attributes(out -> {
            out.putObject("padding").put("s", base64("SAME"));
            out.putObject("count").put("i", 7);
            out.putObject("T").put("type", "DT_FLOAT");
            out.putObject("strides").putObject("list").putArray("i").add(1).add(2);
            out.putObject("epsilon").put("f", 0.5);
            out.putObject("infinite").put("f", "Infinity");
            out.putObject("flag").put("b", true);
            out.putObject("nothing").putObject("list");
            ObjectNode lists = out.putObject("types").putObject("list");
            lists.putArray("type").add("DT_INT32").add(9);
            ObjectNode shape = out.putObject("shape").putObject("shape");
            shape.putArray("dim").addObject().put("size", "-1");
            out.putObject("any").putObject("shape").put("unknownRank", true);
            out.putObject("several").putObject("list").putArray("f").add(1.5).add("NaN");
            out.putObject("flags").putObject("list").putArray("b").add(false).add(true);
        });

        assertEquals("SAME", attributes.get("padding").getS().toStringUtf8());
        assertEquals(7, attributes.get("count").getI());
        assertEquals(DataType.DT_FLOAT, attributes.get("T").getType());
        assertEquals(List.of(1L, 2L), attributes.get("strides").getList().getIList());
        assertEquals(0.5f, attributes.get("epsilon").getF());
        assertEquals(Float.POSITIVE_INFINITY, attributes.get("infinite").getF());
        assertTrue(attributes.get("flag").getB());
        assertEquals(AttrValue.ValueCase.LIST, attributes.get("nothing").getValueCase());
        assertEquals(
                List.of(DataType.DT_INT32, DataType.DT_INT64),
                attributes.get("types").getList().getTypeList());
        assertEquals(-1, attributes.get("shape").getShape().getDim(0).getSize());
        assertTrue(attributes.get("any").getShape().getUnknownRank());
        assertEquals(
                List.of(1.5f, Float.NaN), attributes.get("several").getList().getFList());
        assertEquals(List.of(false, true), attributes.get("flags").getList().getBList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"func\": {\"name\": \"f\"}}",
                "{\"tensor\": {}}",
                "{}",
                "{\"i\": \"many\"}",
                "{\"f\": \"much\"}",
                "{\"s\": \"?\"}",
                "{\"type\": \"DT_NONSENSE\"}",
                "{\"type\": \"UNRECOGNIZED\"}",
                "{\"type\": 99}",
                "{\"list\": {\"func\": [{}]}}",
                "{\"shape\": {\"dim\": [{\"size\": \"wide\"}]}}"
            })
    void convert_attributeWithoutARule_isRejectedByName(String value) throws IOException {
        rejected(
                graph().node(
                                "Relu",
                                "y",
                                List.of("x"),
                                attributes -> attributes.putRawValue("odd", new RawValue(value))),
                X_TO_Y,
                "node \"y\" (Relu): attribute odd: ");
    }

    @Test
    void convert_hugeAttributeWithoutARule_isNotRepeatedInFull() throws IOException {
        ArtifactRejected rejected = rejected(
                graph().node(
                                "Relu",
                                "y",
                                List.of("x"),
                                attributes -> attributes.putObject("odd").put("i", "9".repeat(100_000))),
                X_TO_Y,
                "node \"y\" (Relu): attribute odd: ");

        assertTrue(String.valueOf(rejected.getMessage()).length() < 300);
    }

    // ---- weights

    @Test
    void convert_weights_areConstantsOfTheirType() throws IOException {
        TfjsFixture graph = graph().floats("w", new float[] {1, -2, 3, 4}, 2, 2)
                .ints("i", 5, -6)
                .scalar("s", 7)
                .bools("b", (byte) 1, (byte) 0)
                .node("Pack", "y", "w", "i", "s", "b");

        Named<NodeDef> nodes = nodes(convert(graph, new Endpoints(Map.of(), Map.of("y", "y"))));

        assertArrayEquals(new float[] {1, -2, 3, 4}, values(nodes.get("w")));
        assertEquals(2, tensor(nodes.get("w")).getTensorShape().getDimCount());
        assertEquals(DataType.DT_INT32, nodes.get("i").getAttrOrThrow("dtype").getType());
        assertEquals(-6, little(tensor(nodes.get("i"))).getInt(4));
        assertEquals(0, tensor(nodes.get("s")).getTensorShape().getDimCount());
        assertEquals(DataType.DT_BOOL, tensor(nodes.get("b")).getDtype());
        assertArrayEquals(
                new byte[] {1, 0}, tensor(nodes.get("b")).getTensorContent().toByteArray());
    }

    @Test
    void convert_packedWeights_areFloatsAgain() throws IOException {
        byte[] halves = {0x00, 0x3c, 0x00, (byte) 0xc0};
        byte[] bytes = {0, 10, (byte) 255};
        byte[] words = {0, 0, (byte) 0xff, (byte) 0xff};
        TfjsFixture graph = graph().packed("half", how -> how.put("dtype", "float16"), halves, 2)
                .packed(
                        "byte",
                        how -> how.put("dtype", "uint8").put("scale", 0.5).put("min", -1),
                        bytes,
                        3)
                .packed(
                        "word",
                        how -> how.put("dtype", "uint16").put("scale", 2).put("min", 3),
                        words,
                        1,
                        2)
                .node("Pack", "y", "half", "byte", "word");

        Named<NodeDef> nodes = nodes(convert(graph, new Endpoints(Map.of(), Map.of("y", "y"))));

        assertArrayEquals(new float[] {1, -2}, values(nodes.get("half")));
        assertArrayEquals(new float[] {-1, 4, 126.5f}, values(nodes.get("byte")));
        assertArrayEquals(new float[] {3, 131073}, values(nodes.get("word")));
    }

    @Test
    void convert_packingWithoutARule_isRejectedByName() throws IOException {
        rejected(
                graph().packed("w", how -> how.put("dtype", "int4"), new byte[1], 1)
                        .node("Add", "y", "x", "w"),
                X_TO_Y,
                "weight \"w\": quantized as int4");
    }

    /// Four times as large once unpacked: the file is sparse, so that it costs no disk.
    @Test
    void convert_weightsThatUnpackBeyondTheLimit_areRejected() throws IOException {
        Path from = graph().packed("w", how -> how.put("dtype", "uint8"), new byte[3], 3)
                .node("Add", "y", "x", "w")
                .write(folder);
        String json = Files.readString(from.resolve("model.json"));
        int elements = 270 << 20;
        Files.writeString(from.resolve("model.json"), json.replace("\"shape\":[3]", "\"shape\":[" + elements + "]"));
        try (FileChannel file =
                FileChannel.open(from.resolve("shard1"), StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            file.position(elements);
            file.write(ByteBuffer.wrap(new byte[1]));
        }

        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> convert(from, X_TO_Y));
        assertTrue(String.valueOf(rejected.getMessage()).contains("unpacked"), rejected::getMessage);
    }

    // ---- the file

    @Test
    void convert_twice_givesTheSameBytes() throws IOException {
        TfjsFixture graph = graph().floats("w", new float[] {1, 2}, 2)
                .node("Add", "y", List.of("x", "w"), attributes -> {
                    for (String key : List.of("e", "b", "a", "d", "c")) {
                        attributes.putObject(key).put("i", 1);
                    }
                })
                .node("Relu", "z", "y");
        Endpoints endpoints = new Endpoints(
                Map.of("x", "x", "again", "x", "third", "x"), Map.of("y", "y", "z", "z", "a", "y", "b", "z"));
        Path from = graph.write(folder);

        byte[] first = Files.readAllBytes(convert(from, endpoints).resolve(SavedModelFile.FILE_NAME));
        byte[] second = Files.readAllBytes(convert(from, endpoints).resolve(SavedModelFile.FILE_NAME));

        assertArrayEquals(first, second);
    }

    @Test
    void convert_progress_countsTheNodesThatAreKept() throws IOException {
        Path from = graph().node("Relu", "y", "x").node("Relu", "unused", "x").write(folder);
        List<String> seen = new ArrayList<>();

        new SavedModelImporter()
                .convert(from, X_TO_Y, folder.resolve("saved"), (done, total) -> seen.add(done + "/" + total));

        assertEquals(List.of("1/2", "2/2"), seen);
    }

    @Test
    void convert_folderWithoutAGraph_isRejected() {
        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> convert(folder, X_TO_Y));
        assertTrue(String.valueOf(rejected.getMessage()).startsWith("model.json: missing"), rejected::getMessage);
    }

    // ---- graphs

    /// A graph with a Placeholder `x` of [?,2] floats.
    private static TfjsFixture graph() {
        return new TfjsFixture(4, 4, 3).node("Placeholder", "x", List.of(), attributes -> {
            attributes.putObject("dtype").put("type", "DT_FLOAT");
            var axes = attributes.putObject("shape").putObject("shape").putArray("dim");
            axes.addObject().put("size", "-1");
            axes.addObject().put("size", "2");
        });
    }

    private static void floats(ObjectNode attributes) {
        attributes.putObject("T").put("type", "DT_FLOAT");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Named<AttrValue> attributes(Consumer<ObjectNode> of) throws IOException {
        return new Named<>(nodes(convert(graph().node("Relu", "y", List.of("x"), of), X_TO_Y))
                .get("y")
                .getAttrMap());
    }

    private Path convert(TfjsFixture graph, Endpoints endpoints) throws IOException {
        return convert(graph.write(folder), endpoints);
    }

    private Path convert(Path from, Endpoints endpoints) throws IOException {
        Path target = folder.resolve("saved");
        new SavedModelImporter().convert(from, endpoints, target, ImportProgress.NONE);
        return target;
    }

    private SavedModelFile read(TfjsFixture graph, Endpoints endpoints) throws IOException {
        return SavedModelFile.read(convert(graph, endpoints), OperationPolicy.ANYTHING);
    }

    private static Named<NodeDef> nodes(Path directory) throws IOException {
        return new Named<>(SavedModel.parseFrom(Files.readAllBytes(directory.resolve(SavedModelFile.FILE_NAME)))
                .getMetaGraphs(0)
                .getGraphDef()
                .getNodeList()
                .stream()
                .collect(Collectors.toMap(NodeDef::getName, node -> node, (a, b) -> a, LinkedHashMap::new)));
    }

    /// Values by name, all of them there.
    private record Named<V>(Map<String, V> all) {
        V get(String name) {
            return Optional.ofNullable(all.get(name)).orElseThrow();
        }

        Set<String> keySet() {
            return all.keySet();
        }

        boolean containsKey(String name) {
            return all.containsKey(name);
        }
    }

    private static TensorProto tensor(NodeDef constant) {
        return constant.getAttrOrThrow("value").getTensor();
    }

    private static ByteBuffer little(TensorProto tensor) {
        return tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static float[] values(NodeDef constant) {
        assertEquals(DataType.DT_FLOAT, tensor(constant).getDtype());
        ByteBuffer bytes = little(tensor(constant));
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private ArtifactRejected rejected(TfjsFixture graph, Endpoints endpoints, String message) throws IOException {
        Path from = graph.write(folder);
        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> convert(from, endpoints));
        assertTrue(String.valueOf(rejected.getMessage()).startsWith(message), rejected::getMessage);
        return rejected;
    }
}
