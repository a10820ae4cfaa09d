package dev.firstpass.server.runtime.engine.tensorflow;

import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.integer;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.string;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.strings;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.type;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.types;
import static dev.firstpass.server.runtime.engine.tensorflow.HandmadeModel.argument;
import static dev.firstpass.server.runtime.engine.tensorflow.HandmadeModel.node;
import static dev.firstpass.server.runtime.engine.tensorflow.HostileModels.call;
import static dev.firstpass.server.runtime.engine.tensorflow.HostileModels.constant;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.OperationPolicy;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.OpDef;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.tensorflow.HostileModels.Hostile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.types.TString;

/// Models that do more than compute are refused when they are registered and when they are opened; and they really would
/// do it.
final class HostileModelsTest {
    private static final String MARKER = "top secret";

    @TempDir
    Path folder = Path.of("");

    private Path secret = Path.of("");
    private Path loot = Path.of("");

    @BeforeEach
    void writeSecret() throws IOException {
        secret = Files.writeString(folder.resolve("secret"), MARKER);
        loot = folder.resolve("loot");
    }

    private static List<String> tries() {
        return List.copyOf(HostileModels.all(Path.of("secret"), Path.of("loot")).keySet());
    }

    private Hostile hostile(String name) {
        return Objects.requireNonNull(HostileModels.all(secret, loot).get(name));
    }

    @ParameterizedTest
    @MethodSource("tries")
    void read_hostileModel_isRefusedByOperationAndNode(String name) throws IOException {
        Path model = hostile(name).model().write(folder.resolve("model"));

        ArtifactRejected refused =
                assertThrows(ArtifactRejected.class, () -> SavedModelFile.read(model, OperationPolicy.HARMLESS));

        assertTrue(refused.getMessage().startsWith(hostile(name).refusal()), refused::getMessage);
    }

    @ParameterizedTest
    @MethodSource("tries")
    void open_hostileModel_isRefusedAndDoesNothing(String name) throws IOException {
        Path model = hostile(name).model().write(folder.resolve("model"));

        try (TensorFlowEngine engine = new TensorFlowEngine(1)) {
            EngineException refused = assertThrows(EngineException.class, () -> engine.open(model));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(hostile(name).refusal()), refused::getMessage);
        }
        assertFalse(Files.exists(loot));
    }

    // ---- what they would do

    @Test
    void run_withoutTheList_readsTheFile() throws IOException {
        assertArrayEquals(MARKER.getBytes(StandardCharsets.UTF_8), answer(HostileModels.readsFile(secret)));
    }

    @Test
    void run_withoutTheList_readsTheFileInAFunction() throws IOException {
        assertArrayEquals(MARKER.getBytes(StandardCharsets.UTF_8), answer(HostileModels.readsInFunction(secret)));
    }

    @Test
    void run_withoutTheList_writesTheFile() throws IOException {
        answer(HostileModels.writesFile(loot));

        assertEquals("was here", Files.readString(loot));
    }

    @Test
    void run_withoutTheList_printsToTheFile() throws IOException {
        answer(HostileModels.printsToFile(loot));

        assertTrue(Files.readString(loot).contains("was here"));
    }

    @Test
    void open_withoutTheList_writesTheFileAtLoad() throws IOException {
        Path model = HostileModels.writesAtLoad(loot).write(folder.resolve("model"));

        try (TensorFlowEngine engine = TensorFlowEngine.withoutOperationList(1)) {
            engine.open(model).close();
        }

        assertEquals("was here", Files.readString(loot));
    }

    @Test
    void open_withoutTheList_savesWhereItLikes() throws IOException {
        Path model = hostile("saves to a place of its choice when it is loaded")
                .model()
                .write(folder.resolve("model"));
        // The restore operation runs only where there are variables.
        Files.createDirectories(model.resolve("variables"));
        Files.createFile(model.resolve("variables/variables.index"));

        try (TensorFlowEngine engine = TensorFlowEngine.withoutOperationList(1)) {
            engine.open(model).close();
        }

        assertTrue(Files.exists(folder.resolve("loot-00000-of-00001.index")));
    }

    /// The bytes of the output.
    private byte[] answer(HandmadeModel model) throws IOException {
        Path directory = model.write(folder.resolve("model"));
        try (TensorFlowEngine engine = TensorFlowEngine.withoutOperationList(1);
                EngineSession session = engine.open(directory);
                Arena arena = Arena.ofConfined()) {
            return run(session, arena).data().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static BatchTensor run(EngineSession session, Arena arena) {
        MemorySegment two = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2);
        return session.run(
                        List.of(new BatchTensor("x", ElementType.FLOAT32, Shape.of(2), two)),
                        bytes -> arena.allocate(bytes, 64))
                .getFirst();
    }

    // ---- what must pass

    /// As exporters write it: variables that a function restores, and one that saves them, with all of its operations.
    @Test
    void open_modelWithVariables_isTakenAndAnswersWithThem() throws IOException {
        Path directory = withVariables().write(folder.resolve("model"));
        save(directory);

        try (TensorFlowEngine engine = new TensorFlowEngine(1);
                EngineSession session = engine.open(directory);
                Arena arena = Arena.ofConfined()) {
            assertArrayEquals(new float[] {3, 6}, run(session, arena).data().toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    private static HandmadeModel withVariables() {
        return new HandmadeModel()
                .nodes(
                        HostileModels.filename(),
                        node("v", "VarHandleOp")
                                .putAttr("dtype", type(DataType.DT_FLOAT))
                                .putAttr("shape", AttributeValues.shape())
                                .putAttr("shared_name", AttributeValues.text("v")),
                        constant("three", AttributeValues.real(3)),
                        node("assign", "AssignVariableOp", "v", "three").putAttr("dtype", type(DataType.DT_FLOAT)),
                        node("value", "ReadVariableOp", "v").putAttr("dtype", type(DataType.DT_FLOAT)),
                        node("y", "Mul", "x", "value").putAttr("T", type(DataType.DT_FLOAT)),
                        call("save", "saving", "saver_filename", "value")
                                .putAttr("Tin", types(DataType.DT_STRING, DataType.DT_FLOAT))
                                .putAttr("Tout", types(DataType.DT_STRING)),
                        call("restore", "restoring", "saver_filename", "v")
                                .putAttr("Tin", types(DataType.DT_STRING, DataType.DT_RESOURCE)))
                .function(
                        OpDef.newBuilder()
                                .setName("saving")
                                .setIsStateful(true)
                                .addInputArg(argument("prefix", DataType.DT_STRING))
                                .addInputArg(argument("value", DataType.DT_FLOAT))
                                .addOutputArg(argument("done", DataType.DT_STRING)),
                        FunctionDef.newBuilder()
                                .addNodeDef(constant("suffix", string("_temp/part")))
                                .addNodeDef(node("join", "StringJoin", "prefix", "suffix:output:0")
                                        .putAttr("N", AttributeValues.number(2)))
                                .addNodeDef(constant("shard", integer(0)))
                                .addNodeDef(constant("shards", integer(1)))
                                .addNodeDef(node(
                                        "sharded",
                                        "ShardedFilename",
                                        "join:output:0",
                                        "shard:output:0",
                                        "shards:output:0"))
                                .addNodeDef(constant("names", strings("v")))
                                .addNodeDef(constant("slices", strings("")))
                                .addNodeDef(node(
                                                "save",
                                                "SaveV2",
                                                "sharded:filename:0",
                                                "names:output:0",
                                                "slices:output:0",
                                                "value")
                                        .putAttr("dtypes", types(DataType.DT_FLOAT)))
                                .addNodeDef(node("all", "Pack", "sharded:filename:0", "^save")
                                        .putAttr("N", AttributeValues.number(1))
                                        .putAttr("T", type(DataType.DT_STRING)))
                                .addNodeDef(node("merge", "MergeV2Checkpoints", "all:output:0", "prefix"))
                                .addNodeDef(HostileModels.identity("out", "prefix", DataType.DT_STRING)
                                        .addInput("^merge"))
                                .putRet("done", "out:output:0"))
                .function(
                        OpDef.newBuilder()
                                .setName("restoring")
                                .setIsStateful(true)
                                .addInputArg(argument("prefix", DataType.DT_STRING))
                                .addInputArg(argument("v", DataType.DT_RESOURCE)),
                        FunctionDef.newBuilder()
                                .addNodeDef(constant("names", strings("v")))
                                .addNodeDef(constant("slices", strings("")))
                                .addNodeDef(node("read", "RestoreV2", "prefix", "names:output:0", "slices:output:0")
                                        .putAttr("dtypes", types(DataType.DT_FLOAT)))
                                .addNodeDef(node("assign", "AssignVariableOp", "v", "read:tensors:0")
                                        .putAttr("dtype", type(DataType.DT_FLOAT)))
                                .putControlRet("assign", "assign"))
                .saver("saver_filename:0", "save:0", "restore")
                .served("y:0", DataType.DT_FLOAT);
    }

    /// Runs the model's own way to save, as an exporter does.
    private static void save(Path directory) throws IOException {
        Path variables = Files.createDirectories(directory.resolve("variables"));
        try (SavedModelBundle bundle = SavedModelBundle.loader(directory.toString())
                        .withTags("serve")
                        .load();
                TString path = TString.scalarOf(variables.resolve("variables").toString())) {
            bundle.session().runner().addTarget("assign").run().close();
            bundle.session()
                    .runner()
                    .feed("saver_filename", path)
                    .fetch("save:0")
                    .run()
                    .close();
        }
    }
}
