package dev.firstpass.registry.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.FunctionDefLibrary;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorInfo;
import dev.firstpass.registry.savedmodel.proto.TensorProto;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
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
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class SavedModelFileTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void read_signature_givesNamesTypesShapesAndTensorsInOrder() throws IOException {
        SavedModelFile file = read(saved(graph()));

        assertEquals("serving_default", file.signatureKey());
        assertEquals("serving_default", file.signature().metadata().get(SavedModelFile.SIGNATURE));
        assertEquals(
                List.of(
                        endpoint("image", ElementType.UINT8, "image_tensor:0", Shape.DYNAMIC, Shape.DYNAMIC, 3),
                        endpoint("size", ElementType.INT32, "size:0", 2)),
                file.inputs());
        assertEquals(
                List.of(
                        endpoint("boxes", ElementType.FLOAT32, "nms:1", 1, 100, 4),
                        endpoint("scores", ElementType.FLOAT16, "nms:2")),
                file.outputs());
        assertEquals(
                List.of("image", "size"),
                file.signature().inputs().stream().map(info -> info.name()).toList());
        assertEquals(
                List.of("boxes", "scores"),
                file.signature().outputs().stream().map(info -> info.name()).toList());
    }

    @Test
    void read_unknownRank_isAnEmptyShape() throws IOException {
        SignatureDef.Builder signature = signature()
                .putOutputs(
                        "any",
                        TensorInfo.newBuilder()
                                .setName("any:0")
                                .setDtype(DataType.DT_FLOAT)
                                .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
                                .build());

        assertEquals(
                endpoint("any", ElementType.FLOAT32, "any:0"),
                read(saved(graph().putSignatureDef("serving_default", signature.build())))
                        .outputs()
                        .getFirst());
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            mode = Mode.EXCLUDE,
            names = {"INT8", "INT16", "UINT32", "UINT64"})
    void read_everyElementTypeThatTensorFlowHandsOut_isTaken(ElementType type) throws IOException {
        SignatureDef.Builder signature = signature().putInputs("image", tensor("i:0", DataTypes.of(type), 1));

        assertEquals(
                type,
                read(saved(graph().putSignatureDef("serving_default", signature.build())))
                        .inputs()
                        .getFirst()
                        .info()
                        .type());
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {
                "DT_INVALID",
                "DT_COMPLEX64",
                "DT_RESOURCE",
                "DT_VARIANT",
                "DT_QUINT8",
                "DT_INT8",
                "DT_INT16",
                "DT_UINT32"
            })
    void read_otherType_isRejectedByName(DataType type) throws IOException {
        SignatureDef.Builder signature = signature().putInputs("words", tensor("words:0", type, 1));

        assertRejected(
                saved(graph().putSignatureDef("serving_default", signature.build())),
                "input \"words\": " + type + " (expected: float16,");
    }

    @Test
    void read_typeThatTheFormatDoesNotKnow_isRejected() throws IOException {
        SignatureDef.Builder signature = signature()
                .putOutputs(
                        "odd",
                        TensorInfo.newBuilder()
                                .setName("odd:0")
                                .setDtypeValue(101)
                                .build());

        assertRejected(
                saved(graph().putSignatureDef("serving_default", signature.build())),
                "output \"odd\": UNRECOGNIZED (expected: float16,");
    }

    @Test
    void read_sparseTensor_isRejectedByName() throws IOException {
        SignatureDef.Builder signature = signature()
                .putInputs(
                        "sparse",
                        TensorInfo.newBuilder().setDtype(DataType.DT_FLOAT).build());

        assertRejected(
                saved(graph().putSignatureDef("serving_default", signature.build())),
                "input \"sparse\": sparse or composite (expected: a tensor)");
    }

    @Test
    void read_severalSignatures_takesTheDefault() throws IOException {
        SignatureDef other = SignatureDef.newBuilder()
                .putOutputs("z", tensor("z:0", DataType.DT_FLOAT))
                .build();

        SavedModelFile file = read(saved(graph().putSignatureDef("another", other)));

        assertEquals("serving_default", file.signatureKey());
        assertEquals(2, file.outputs().size());
    }

    @Test
    void read_onlyOneSignatureOfAnotherName_takesIt() throws IOException {
        SignatureDef note = SignatureDef.newBuilder()
                .putOutputs("op", tensor("", DataType.DT_INVALID))
                .build();
        MetaGraphDef.Builder graph = graph().removeSignatureDef("serving_default")
                .putSignatureDef("detect", signature().build())
                .putSignatureDef("__saved_model_init_op", note)
                .putSignatureDef("__saved_model_train_op", note);

        assertEquals("detect", read(saved(graph)).signatureKey());
    }

    @Test
    void read_severalSignaturesAndNoDefault_isRejected() throws IOException {
        MetaGraphDef.Builder graph = graph().removeSignatureDef("serving_default")
                .putSignatureDef("a", signature().build())
                .putSignatureDef("b", signature().build());

        assertRejected(saved(graph), "2 signatures, none of them named \"serving_default\"");
        assertRejected(
                saved(graph.removeSignatureDef("a").removeSignatureDef("b")),
                "0 signatures, none of them named \"serving_default\"");
    }

    @Test
    void read_signatureWithoutOutputs_isRejected() throws IOException {
        assertRejected(
                saved(graph().putSignatureDef(
                                "serving_default", signature().clearOutputs().build())),
                "signature \"serving_default\" has no outputs");
    }

    @Test
    void read_signatureWithoutInputs_isRead() throws IOException {
        assertEquals(
                List.of(),
                read(saved(graph().putSignatureDef(
                                        "serving_default",
                                        signature().clearInputs().build())))
                        .inputs());
    }

    @Test
    void read_graphForTrainingOnly_isRejected() throws IOException {
        assertRejected(saved(tagged("train")), "0 graphs are tagged \"serve\" alone");
        assertRejected(saved(tagged()), "0 graphs are tagged \"serve\" alone");
        assertRejected(saved(tagged("serve", "tpu")), "0 graphs are tagged \"serve\" alone");
        assertRejected(saved(tagged("serve"), tagged("serve")), "2 graphs are tagged \"serve\" alone");
    }

    @Test
    void read_severalGraphs_takesTheOneThatIsServed() throws IOException {
        MetaGraphDef.Builder tpu = tagged("serve", "tpu").clearSignatureDef();

        assertEquals(
                2,
                read(saved(tagged("train").clearSignatureDef(), tpu, graph()))
                        .outputs()
                        .size());
    }

    @Test
    void read_operations_areThoseOfTheGraphAndOfItsFunctions() throws IOException {
        assertEquals(
                Set.of("Placeholder", "Const", "StatefulPartitionedCall", "Conv2D"),
                read(saved(graph())).operations());
    }

    @Test
    void read_weightsLargerThanTheHeap_areSkipped() throws IOException {
        long weights = Math.min(Runtime.getRuntime().maxMemory() + (64L << 20), (2000L << 20));
        Path file = folder.resolve(SavedModelFile.FILE_NAME);
        byte[] head = constantHead(weights);
        byte[] graph = graph().build().toByteArray();
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(
                    ByteBuffer.wrap(field(SavedModel.META_GRAPHS_FIELD_NUMBER, graph.length + head.length + weights)));
            channel.write(ByteBuffer.wrap(graph));
            channel.write(ByteBuffer.wrap(head));
            channel.position(channel.position() + weights - 1);
            channel.write(ByteBuffer.wrap(new byte[1]));
        }

        assertEquals(
                2,
                SavedModelFile.read(folder, OperationPolicy.ANYTHING).outputs().size());
    }

    @Test
    void read_fileOfTwoGigabytes_isRejected() throws IOException {
        try (FileChannel channel = FileChannel.open(
                folder.resolve(SavedModelFile.FILE_NAME),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            channel.position(Integer.MAX_VALUE);
            channel.write(ByteBuffer.wrap(new byte[1]));
        }

        assertRejected("saved_model.pb: 2147483648 bytes (expected: < 2 GiB");
    }

    @Test
    void read_folderWithoutAModel_isRejected() throws IOException {
        assertRejected("no SavedModel: saved_model.pb is missing");
        Files.createDirectory(folder.resolve(SavedModelFile.FILE_NAME));
        assertRejected("no SavedModel: saved_model.pb is missing");
    }

    @Test
    void read_fileInPlaceOfAFolder_isRejected() throws IOException {
        Path file = Files.write(folder.resolve("model.pb"), saved(graph()));

        ArtifactRejected rejected =
                assertThrows(ArtifactRejected.class, () -> SavedModelFile.read(file, OperationPolicy.ANYTHING));
        assertEquals("no SavedModel: saved_model.pb is missing", rejected.getMessage());
    }

    @Test
    void read_textFile_isRejected() throws IOException {
        assertRejected("this is no graph".getBytes(StandardCharsets.UTF_8), "not a SavedModel");
        assertRejected(new byte[0], "not a SavedModel: no graph in it");
        assertRejected(SavedModel.getDefaultInstance().toByteArray(), "not a SavedModel: no graph in it");
    }

    @Test
    void read_hugeName_isRejected() throws IOException {
        byte[] huge = new byte[MessageWalker.MAX_KEPT_BYTES + 1];
        GraphDef.Builder graph =
                GraphDef.newBuilder().addNode(NodeDef.newBuilder().setOpBytes(ByteString.copyFrom(huge)));

        assertRejected(saved(graph().setGraphDef(graph)), "declarations and metadata are too large");
    }

    /// Two bytes an axis in the file, some fifty on the heap.
    @Test
    void read_declarationOfAMillionAxes_isRejected() throws IOException {
        TensorInfo wide = tensor("wide:0", DataType.DT_FLOAT, new long[1_500_000]);

        assertRejected(
                saved(graph().putSignatureDef(
                                "serving_default",
                                signature().putInputs("wide", wide).build())),
                "declarations and metadata are too large");
    }

    @Test
    void read_millionsOfOperations_isRejected() throws IOException {
        GraphDef.Builder graph = GraphDef.newBuilder();
        for (int i = 0; i < 1_100_000; i++) {
            graph.addNode(NodeDef.newBuilder().setOp("O"));
        }

        assertRejected(saved(graph().setGraphDef(graph)), "declarations and metadata are too large");
    }

    /// Two bytes of the file each, and some hundred of memory.
    @Test
    void read_millionsOfNothing_isRejected() throws IOException {
        byte[] graphs = new byte[2 << 20];
        for (int i = 0; i < graphs.length; i += 2) {
            graphs[i] = SavedModel.META_GRAPHS_FIELD_NUMBER << 3 | 2;
        }
        assertRejected(graphs, "more than 64 graphs");

        GraphDef.Builder graph = GraphDef.newBuilder();
        for (int i = 0; i < 1_100_000; i++) {
            graph.addNode(NodeDef.getDefaultInstance());
        }
        assertRejected(saved(graph().setGraphDef(graph)), "declarations and metadata are too large");
    }

    /// A file may end after a whole field and be a smaller SavedModel; this one has everything in one field.
    @Test
    void read_everyTruncation_isRejected() throws IOException {
        byte[] whole = SavedModel.newBuilder().addMetaGraphs(graph()).build().toByteArray();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThrows(ArtifactRejected.class, () -> read(part), "first " + length + " bytes");
        }
    }

    @Property(tries = 300)
    void read_randomBytes_isRejected(@ForAll @Size(max = 200) byte[] bytes) throws IOException {
        Path directory = Files.createTempDirectory("savedmodel");
        try {
            Files.write(directory.resolve(SavedModelFile.FILE_NAME), bytes);
            assertThrows(ArtifactRejected.class, () -> SavedModelFile.read(directory, OperationPolicy.ANYTHING));
        } finally {
            Files.delete(directory.resolve(SavedModelFile.FILE_NAME));
            Files.delete(directory);
        }
    }

    @Property(tries = 500)
    void read_oneByteChangedAndCutShort_isReadOrRejected(
            @ForAll @IntRange(max = 10_000) int position, @ForAll byte value, @ForAll @IntRange(max = 3) int cut)
            throws IOException {
        byte[] bytes = saved(graph());
        bytes[position % bytes.length] = value;
        Path directory = Files.createTempDirectory("savedmodel");
        Path file = directory.resolve(SavedModelFile.FILE_NAME);
        try {
            Files.write(file, Arrays.copyOf(bytes, bytes.length - cut));
            assertTrue(SavedModelFile.read(directory, OperationPolicy.ANYTHING)
                            .signature()
                            .outputs()
                            .size()
                    >= 1);
        } catch (ArtifactRejected expected) {
            assertTrue(String.valueOf(expected.getMessage()).length() < 400, expected.getMessage());
        } finally {
            Files.delete(file);
            Files.delete(directory);
        }
    }

    // ---- models

    private static MetaGraphDef.Builder graph() {
        return tagged("serve");
    }

    private static MetaGraphDef.Builder tagged(String... tags) {
        AttrValue weights = AttrValue.newBuilder()
                .setTensor(TensorProto.newBuilder().setTensorContent(ByteString.copyFrom(new byte[40])))
                .build();
        return MetaGraphDef.newBuilder()
                .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder()
                        .addAllTags(List.of(tags))
                        .setTensorflowVersion("2.16.1"))
                .setGraphDef(GraphDef.newBuilder()
                        .addNode(NodeDef.newBuilder().setName("image_tensor").setOp("Placeholder"))
                        .addNode(NodeDef.newBuilder().setName("size").setOp("Placeholder"))
                        .addNode(
                                NodeDef.newBuilder().setName("w").setOp("Const").putAttr("value", weights))
                        .addNode(NodeDef.newBuilder().setName("nms").setOp("StatefulPartitionedCall"))
                        .setLibrary(FunctionDefLibrary.newBuilder()
                                .addFunction(FunctionDef.newBuilder()
                                        .addNodeDef(NodeDef.newBuilder()
                                                .setName("conv")
                                                .setOp("Conv2D")))))
                .putSignatureDef("serving_default", signature().build());
    }

    private static SignatureDef.Builder signature() {
        return SignatureDef.newBuilder()
                .putInputs("size", tensor("size:0", DataType.DT_INT32, 2))
                .putInputs("image", tensor("image_tensor:0", DataType.DT_UINT8, -1, -1, 3))
                .putOutputs("scores", tensor("nms:2", DataType.DT_HALF))
                .putOutputs("boxes", tensor("nms:1", DataType.DT_FLOAT, 1, 100, 4))
                .setMethodName("tensorflow/serving/predict");
    }

    private static TensorInfo tensor(String name, DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent));
        }
        return TensorInfo.newBuilder()
                .setName(name)
                .setDtype(type)
                .setTensorShape(shape)
                .build();
    }

    private static Endpoint endpoint(String name, ElementType type, String tensor, long... extents) {
        return new Endpoint(new dev.firstpass.postprocess.tensor.TensorInfo(name, type, Shape.of(extents)), tensor);
    }

    private static byte[] saved(MetaGraphDef.Builder... graphs) {
        SavedModel.Builder saved = SavedModel.newBuilder().setSavedModelSchemaVersion(1);
        for (MetaGraphDef.Builder graph : graphs) {
            saved.addMetaGraphs(graph);
        }
        return saved.build().toByteArray();
    }

    /// Everything of one more node of the graph but the `weights` bytes themselves. Pieces of one message field are
    /// merged.
    private static byte[] constantHead(long weights) throws IOException {
        int[] nesting = {
            TensorProto.TENSOR_CONTENT_FIELD_NUMBER,
            AttrValue.TENSOR_FIELD_NUMBER,
            2, // the value of a map's entry
            NodeDef.ATTR_FIELD_NUMBER,
            GraphDef.NODE_FIELD_NUMBER,
            MetaGraphDef.GRAPH_DEF_FIELD_NUMBER
        };
        byte[] head = new byte[0];
        for (int number : nesting) {
            byte[] outer = field(number, head.length + weights);
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.write(outer);
            both.write(head);
            head = both.toByteArray();
        }
        return head;
    }

    private static byte[] field(int number, long length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeTag(number, 2);
        out.writeUInt64NoTag(length);
        out.flush();
        return bytes.toByteArray();
    }

    private SavedModelFile read(byte[] bytes) throws IOException {
        Files.write(folder.resolve(SavedModelFile.FILE_NAME), bytes);
        return SavedModelFile.read(folder, OperationPolicy.ANYTHING);
    }

    private void assertRejected(byte[] bytes, String message) throws IOException {
        Files.write(folder.resolve(SavedModelFile.FILE_NAME), bytes);
        assertRejected(message);
    }

    private void assertRejected(String message) {
        ArtifactRejected rejected =
                assertThrows(ArtifactRejected.class, () -> SavedModelFile.read(folder, OperationPolicy.ANYTHING));
        assertTrue(String.valueOf(rejected.getMessage()).contains(message), rejected::getMessage);
    }
}
