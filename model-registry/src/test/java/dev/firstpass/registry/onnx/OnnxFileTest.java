package dev.firstpass.registry.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
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
        GraphProto body = GraphProto.newBuilder()
                .addInitializer(external("b", "../up.bin"))
                .build();
        NodeProto loop = NodeProto.newBuilder()
                .setOpType("Loop")
                .addAttribute(AttributeProto.newBuilder().setName("body").setG(body))
                .addAttribute(AttributeProto.newBuilder().setName("value").setT(external("c", "c.bin")))
                .build();

        OnnxFile file = read(model(graph().addInitializer(external("a", "weights.bin"))
                .addInitializer(external("a2", "weights.bin"))
                .addNode(loop)));

        assertEquals(List.of("../up.bin", "c.bin", "weights.bin"), file.externalData());
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
    void read_inputOfStrings_isRejectedByName() throws IOException {
        GraphProto.Builder graph = graph().addInput(declaration("words", TensorProto.DataType.STRING, 1));

        assertRejected(model(graph).build().toByteArray(), "input \"words\": element type 8 (expected: float16,");
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
        Path file = Files.createTempFile("onnx", null);
        try {
            Files.write(file, bytes);
            assertTrue(OnnxFile.read(file).signature().outputs().size() >= 1);
        } catch (ArtifactRejected expected) {
            assertTrue(String.valueOf(expected.getMessage()).length() < 400);
        } finally {
            Files.delete(file);
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
