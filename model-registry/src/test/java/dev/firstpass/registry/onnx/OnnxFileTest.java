package dev.firstpass.registry.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
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
import dev.firstpass.registry.wire.MessageWalker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OnnxFileTest {
    @TempDir
    Path folder;

    @Test
    void read_inputThatIsAnInitializer_isNotFed() throws IOException {
        OnnxFile file = read(model(graph().addInput(declaration("w", TensorProto.DataType.FLOAT, 4))
                .addInitializer(TensorProto.newBuilder().setName("w"))));

        assertEquals(
                List.of(new TensorInfo("x", ElementType.UINT8, Shape.of(Shape.DYNAMIC, 3))),
                file.signature().inputs());
        assertEquals(
                List.of(new TensorInfo("y", ElementType.FLOAT16, Shape.of(1, 2))),
                file.signature().outputs());
    }

    @Test
    void read_modelWithMetadata_givesMetadataAndOpsets() throws IOException {
        OnnxFile file = read(model(graph())
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(3))
                .addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey("names").setValue("{0: 'weed'}")));

        assertEquals(Map.of("names", "{0: 'weed'}"), file.signature().metadata());
        assertEquals(Map.of("", 17L, "ai.onnx.ml", 3L), file.opsets());
        assertEquals(List.of(), file.externalData());
    }

    @Test
    void read_weightsOutside_listsEveryLocationOnce() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        for (String file : List.of("weights.bin", "c.bin", "sub/b.bin")) {
            Files.createFile(folder.resolve(file));
        }
        GraphProto body = GraphProto.newBuilder()
                .addInitializer(external("b", "sub/b.bin"))
                .build();
        NodeProto loop = NodeProto.newBuilder()
                .setOpType("Loop")
                .addAttribute(AttributeProto.newBuilder().setName("body").setG(body))
                .addAttribute(AttributeProto.newBuilder().setName("value").setT(external("c", "c.bin")))
                .build();

        OnnxFile file = read(model(graph().addInitializer(external("a", "weights.bin"))
                .addInitializer(external("a2", "weights.bin"))
                .addNode(loop)));

        assertEquals(List.of("c.bin", "sub/b.bin", "weights.bin"), file.externalData());
    }

    /// Whatever a tensor names but a plain file beside the model: among them what ONNX Runtime takes for an address in
    /// memory.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../outside.bin",
                "sub/../../outside.bin",
                "./weights.bin",
                "sub//weights.bin",
                "..\\outside.bin",
                "C:weights.bin",
                "",
                "we\0ights",
                "*/_ORT_MEM_ADDR_/*",
                "missing.bin",
                "sub",
                "link.bin",
                "linked/weights.bin"
            })
    void read_weightsAtAPlaceThatIsNoFileBeside_isRejected(String location) throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.createFile(folder.resolve("outside.bin"));
        Files.createFile(outside.resolve("weights.bin"));
        Path bundle = folder.resolve("bundle");
        Files.createDirectories(bundle.resolve("sub"));
        Files.createSymbolicLink(bundle.resolve("link.bin"), folder.resolve("outside.bin"));
        Files.createSymbolicLink(bundle.resolve("linked"), outside);
        Files.createFile(bundle.resolve("weights.bin"));
        GraphProto body =
                GraphProto.newBuilder().addInitializer(external("b", location)).build();
        byte[] model = model(graph().addNode(NodeProto.newBuilder()
                        .setOpType("Loop")
                        .addAttribute(AttributeProto.newBuilder().setG(body))))
                .build()
                .toByteArray();
        Path file = Files.write(bundle.resolve("model.onnx"), model);

        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> OnnxFile.read(file));

        assertTrue(rejected.getMessage().startsWith("weights outside, \""), rejected::getMessage);
    }

    @Test
    void read_weightsBesideInPart_isRejected() throws IOException {
        Files.write(folder.resolve("w.bin"), new byte[100]);

        assertEquals(
                List.of("w.bin"),
                read(model(graph().addInitializer(part("w.bin", "40", "60")))).externalData());
        for (TensorProto wrong : List.of(
                part("w.bin", "-1", "10"),
                part("w.bin", "0", "-10"),
                part("w.bin", "ten", "10"),
                part("w.bin", "40", "61"),
                part("w.bin", "101", "0"),
                part("w.bin", "9223372036854775807", "9223372036854775807"),
                part("w.bin", "18446744073709551615", "1"))) {
            assertRejected(model(graph().addInitializer(wrong)).build().toByteArray(), "weights outside");
        }
    }

    /// An engine takes the last of several values; whichever it takes, all have to be fit.
    @Test
    void read_weightsWithTwoLocations_checksBoth() throws IOException {
        Files.createFile(folder.resolve("w.bin"));
        TensorProto two = external("a", "../up.bin").toBuilder()
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("w.bin"))
                .build();

        assertRejected(model(graph().addInitializer(two)).build().toByteArray(), "weights outside, \"../up.bin\"");
    }

    @Test
    void read_weightsWithAnUnknownKey_isRejected() throws IOException {
        Files.createFile(folder.resolve("w.bin"));
        TensorProto packed = external("a", "w.bin").toBuilder()
                .addExternalData(StringStringEntryProto.newBuilder()
                        .setKey("prepacked_0")
                        .setValue("MatMul+1|0;100;1"))
                .build();

        assertRejected(model(graph().addInitializer(packed)).build().toByteArray(), "weights outside: \"prepacked_0\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview.training", "com.microsoft"})
    void read_operatorOfAKnownDomain_isTaken(String domain) throws IOException {
        assertEquals(
                "y",
                read(model(graph().addNode(operator(domain, "Any"))))
                        .signature()
                        .outputs()
                        .getFirst()
                        .name());
    }

    @Test
    void read_operatorOfAnotherDomain_isRejectedByName() throws IOException {
        assertRejected(
                model(graph().addNode(operator("ai.onnx.contrib", "PyOp")))
                        .build()
                        .toByteArray(),
                "operator \"PyOp\" of domain \"ai.onnx.contrib\": a custom operator (expected: ");
    }

    @Test
    void read_operatorOfAnotherDomainInABody_isRejected() throws IOException {
        GraphProto body =
                GraphProto.newBuilder().addNode(operator("mine", "Op")).build();
        NodeProto loop = operator("", "Loop").toBuilder()
                .addAttribute(AttributeProto.newBuilder().setG(body))
                .build();

        assertRejected(model(graph().addNode(loop)).build().toByteArray(), "operator \"Op\" of domain \"mine\"");
    }

    /// Exporters put parts of a model into functions, under domains of their own.
    @Test
    void read_functionOfTheModelItself_isTakenAndLookedInto() throws IOException {
        GraphProto.Builder graph = graph().addNode(operator("pkg.exporter", "block"));

        assertEquals(
                "y",
                read(model(graph).setUnknownFields(function("pkg.exporter", "block", operator("", "Relu"))))
                        .signature()
                        .outputs()
                        .getFirst()
                        .name());
        assertRejected(
                model(graph)
                        .setUnknownFields(function("pkg.exporter", "other", operator("", "Relu")))
                        .build()
                        .toByteArray(),
                "operator \"block\" of domain \"pkg.exporter\"");
        assertRejected(
                model(graph)
                        .setUnknownFields(function("pkg.exporter", "block", operator("mine", "Op")))
                        .build()
                        .toByteArray(),
                "operator \"Op\" of domain \"mine\"");
    }

    @Test
    void read_weightsLargerThanTheHeap_areSkipped() throws IOException {
        byte[] model = model(graph()).setProducerName("x").build().toByteArray();
        long weights = Math.min(Runtime.getRuntime().maxMemory() + (64L << 20), (2047L << 20));
        byte[] head = initializerHead(weights);
        Path file = folder.resolve("large.onnx");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(model));
            channel.write(ByteBuffer.wrap(head));
            channel.position(channel.position() + weights - 1);
            channel.write(ByteBuffer.wrap(new byte[1]));
        }

        assertEquals("x", OnnxFile.read(file).signature().inputs().getFirst().name());
    }

    @Test
    void read_weightsThatEndTooEarly_isRejected() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(model(graph()).build().toByteArray());
        bytes.write(initializerHead(1000));
        bytes.write(new byte[999]);

        assertRejected(bytes.toByteArray(), "not an ONNX model, or a damaged one");
    }

    @Test
    void read_textFile_isRejected() throws IOException {
        assertRejected("these are no weights".getBytes(StandardCharsets.UTF_8), "not an ONNX model");
        assertRejected(new byte[0], "not an ONNX model");
    }

    @Test
    void read_inputOfComplexNumbers_isRejectedByName() throws IOException {
        GraphProto.Builder graph = graph().addInput(declaration("waves", TensorProto.DataType.COMPLEX64, 1));

        assertRejected(model(graph).build().toByteArray(), "input \"waves\": element type 14 (expected: float16,");
    }

    @Test
    void read_outputThatIsASequence_isRejectedByName() throws IOException {
        GraphProto.Builder graph = graph().addOutput(ValueInfoProto.newBuilder().setName("maps"));

        assertRejected(model(graph).build().toByteArray(), "output \"maps\": a sequence, map or optional");
    }

    @Test
    void read_graphsNestedWithoutEnd_isRejected() throws IOException {
        GraphProto inner = GraphProto.getDefaultInstance();
        for (int i = 0; i < 40; i++) {
            inner = GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder()
                            .addAttribute(AttributeProto.newBuilder().setG(inner)))
                    .build();
        }

        assertRejected(model(graph().mergeFrom(inner)).build().toByteArray(), "nested deeper than");
    }

    @Test
    void read_hugeMetadata_isRejected() throws IOException {
        ModelProto.Builder model = model(graph())
                .addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey("k")
                        .setValueBytes(ByteString.copyFrom(new byte[MessageWalker.MAX_KEPT_BYTES + 1])));

        assertRejected(model.build().toByteArray(), "declarations and metadata are too large");
    }

    /// Two bytes an axis in the file, some fifty on the heap.
    @Test
    void read_declarationOfAMillionAxes_isRejected() throws IOException {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < 1_500_000; i++) {
            shape.addDim(TensorShapeProto.Dimension.getDefaultInstance());
        }
        ValueInfoProto wide = ValueInfoProto.newBuilder()
                .setName("wide")
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();

        assertRejected(model(graph().addInput(wide)).build().toByteArray(), "declarations and metadata are too large");
    }

    @Test
    void read_millionsOfEmptyDeclarations_isRejected() throws IOException {
        GraphProto.Builder graph = graph();
        for (int i = 0; i < 1_500_000; i++) {
            graph.addOutput(ValueInfoProto.getDefaultInstance());
        }

        assertRejected(model(graph).build().toByteArray(), "declarations and metadata are too large");
    }

    @Test
    void read_folder_isRejected() {
        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> OnnxFile.read(folder));
        assertEquals("ONNX file: a folder (expected: a file)", rejected.getMessage());
    }

    @Test
    void read_everyTruncationOfTheGraph_isRejected() throws IOException {
        Files.createFile(folder.resolve("weights.bin"));
        byte[] whole = model(graph().addInitializer(external("a", "weights.bin")))
                .build()
                .toByteArray();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThrows(ArtifactRejected.class, () -> readBytes(part), "first " + length + " bytes");
        }
    }

    @Property(tries = 300)
    void read_randomBytes_isRejected(@ForAll @Size(max = 200) byte[] bytes) throws IOException {
        Path file = Files.createTempFile("onnx", null);
        try {
            Files.write(file, bytes);
            assertThrows(ArtifactRejected.class, () -> OnnxFile.read(file));
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 300)
    void read_oneByteChanged_isReadOrRejected(@ForAll @IntRange(max = 10_000) int position, @ForAll byte value)
            throws IOException {
        byte[] bytes = model(graph().addInitializer(external("a", "weights.bin")))
                .build()
                .toByteArray();
        bytes[position % bytes.length] = value;
        Path beside = Files.createTempDirectory("onnx");
        Path weights = Files.createFile(beside.resolve("weights.bin"));
        Path file = beside.resolve("model.onnx");
        try {
            Files.write(file, bytes);
            assertTrue(OnnxFile.read(file).signature().outputs().size() >= 1);
        } catch (ArtifactRejected expected) {
            assertTrue(String.valueOf(expected.getMessage()).length() < 400);
        } finally {
            Files.delete(file);
            Files.delete(weights);
            Files.delete(beside);
        }
    }

    // ---- models

    private static ModelProto.Builder model(GraphProto.Builder graph) {
        return ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    }

    private static GraphProto.Builder graph() {
        return GraphProto.newBuilder()
                .addInput(declaration("x", TensorProto.DataType.UINT8, -1, 3))
                .addOutput(declaration("y", TensorProto.DataType.FLOAT16, 1, 2));
    }

    private static ValueInfoProto declaration(String name, TensorProto.DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(extent < 0 ? axis.setDimParam("N") : axis.setDimValue(extent));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }

    private static NodeProto operator(String domain, String name) {
        return NodeProto.newBuilder().setDomain(domain).setOpType(name).build();
    }

    /// A model's functions, of which the schema has nothing: field 25, with name 1, nodes 7 and domain 10.
    private static UnknownFieldSet function(String domain, String name, NodeProto node) {
        UnknownFieldSet function = UnknownFieldSet.newBuilder()
                .addField(1, bytes(ByteString.copyFromUtf8(name)))
                .addField(7, bytes(node.toByteString()))
                .addField(10, bytes(ByteString.copyFromUtf8(domain)))
                .build();
        return UnknownFieldSet.newBuilder()
                .addField(25, bytes(function.toByteString()))
                .build();
    }

    private static UnknownFieldSet.Field bytes(ByteString value) {
        return UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build();
    }

    private static TensorProto part(String location, String offset, String length) {
        return TensorProto.newBuilder()
                .setName("part")
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(location))
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("offset").setValue(offset))
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("length").setValue(length))
                .build();
    }

    private static TensorProto external(String name, String location) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(location))
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("offset").setValue("0"))
                .build();
    }

    /// Everything of a second piece of the graph but the `weights` bytes themselves: model field 7, graph field 5,
    /// tensor field 9. Pieces of one message field are merged.
    private static byte[] initializerHead(long weights) throws IOException {
        byte[] tensor = field(TensorProto.RAW_DATA_FIELD_NUMBER, weights);
        byte[] initializer = field(GraphProto.INITIALIZER_FIELD_NUMBER, tensor.length + weights);
        byte[] graph = field(ModelProto.GRAPH_FIELD_NUMBER, initializer.length + tensor.length + weights);
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(graph);
        head.write(initializer);
        head.write(tensor);
        return head.toByteArray();
    }

    private static byte[] field(int number, long length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeTag(number, 2);
        out.writeUInt64NoTag(length);
        out.flush();
        return bytes.toByteArray();
    }

    private OnnxFile read(ModelProto.Builder model) throws IOException {
        return readBytes(model.build().toByteArray());
    }

    private OnnxFile readBytes(byte[] bytes) throws IOException {
        return OnnxFile.read(Files.write(folder.resolve("model.onnx"), bytes));
    }

    private void assertRejected(byte[] bytes, String message) {
        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> readBytes(bytes));
        assertTrue(String.valueOf(rejected.getMessage()).contains(message), rejected::getMessage);
    }
}
