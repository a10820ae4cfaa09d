package dev.firstpass.registry.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.CollectionDef;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.GradientDef;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NameAttrList;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.OpDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SaverDef;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OperationPolicyTest {
    @TempDir
    Path folder;

    // ---- the list

    @Test
    void check_operationOnTheList_isTaken() throws IOException {
        assertTaken(model(node("y", "Relu", "x")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ReadFile", "WriteFile", "Abort", "NoSuchOperation", "", "relu", "Relu "})
    void check_operationThatIsNotOnIt_isRefused(String operation) throws IOException {
        assertRefused(model(node("odd", operation, "x")), " at node odd: ");
    }

    @Test
    void check_unknownOperation_saysThatItIsUnknown() throws IOException {
        assertRefused(model(node("odd", "Frobnicate")), "Frobnicate at node odd: not known to be harmless (expected: ");
    }

    /// A parser takes the last of two values; another one might take the first.
    @Test
    void check_nodeWithTwoOperations_looksAtBoth() throws IOException {
        for (List<String> both : List.of(List.of("Relu", "ReadFile"), List.of("ReadFile", "Relu"))) {
            NodeDef.Builder merged = node("y", both.get(0), "x");
            ByteString twice = merged.build()
                    .toByteString()
                    .concat(NodeDef.newBuilder().setOp(both.get(1)).build().toByteString());
            MetaGraphDef.Builder model = model();
            UnknownFieldSet.Field raw =
                    UnknownFieldSet.Field.newBuilder().addLengthDelimited(twice).build();
            model.getGraphDefBuilder()
                    .setUnknownFields(UnknownFieldSet.newBuilder()
                            .addField(GraphDef.NODE_FIELD_NUMBER, raw)
                            .build());

            assertRefused(model, "ReadFile at node y: reads files");
        }
    }

    @Test
    void check_hostileNames_areShownShortAndPlain() throws IOException {
        String message = assertRefused(
                model(node("a\u001b[31m\n" + "b".repeat(5000), "Read\nFile")), "Read?File at node a?[31m?bbb");

        assertTrue(message.length() < 300, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"saved_model.pbtxt", "saved_model.cpb"})
    void read_graphInASecondForm_isRefused(String other) throws IOException {
        Files.createFile(folder.resolve(other));

        assertRefused(model(), other + ": beside saved_model.pb");
    }

    // ---- functions

    @Test
    void check_functionNamedInAListOrWithinACall_hasToBeOfTheLibrary() throws IOException {
        NameAttrList absent = NameAttrList.newBuilder().setName("absent").build();
        AttrValue branches = AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addFunc(absent))
                .build();
        AttrValue within = AttrValue.newBuilder()
                .setFunc(NameAttrList.newBuilder()
                        .setName("f")
                        .putAttr("g", AttrValue.newBuilder().setFunc(absent).build()))
                .build();

        for (AttrValue value : List.of(branches, within)) {
            assertRefused(
                    function(model(node("y", "Case", "x").putAttr("branches", value)), "f", List.of()),
                    "node y: calls absent");
        }
    }

    @Test
    void check_functionThatNobodyCalls_isLookedInto() throws IOException {
        assertRefused(
                function(model(), "f", List.of(), node("read", "ReadFile")), "ReadFile at node read of function f: ");
    }

    @Test
    void read_functionOfANameThatIsThere_isRefused() throws IOException {
        assertRefused(function(function(model(), "f", List.of()), "f", List.of()), "SavedModel: function \"f\" comes");
    }

    // ---- savers

    @Test
    void check_saverThatNobodyRuns_isTaken() throws IOException {
        assertTaken(model(node("save", "SaveV2", "path"), node("restore", "RestoreV2", "path"), node("path", "Const")));
        assertTaken(
                function(model(), "f", List.of("p"), node("save", "SaveV2", "p"), node("restore", "RestoreV2", "p")));
    }

    @Test
    void check_saverOfTheGraph_isTaken() throws IOException {
        assertTaken(saver(model(
                node("path", "PlaceholderWithDefault", "default"),
                node("default", "Const"),
                node("read", "RestoreV2", "path", "names", "slices"),
                node("restore", "NoOp", "^read"),
                node("name", "ShardedFilename", "path"),
                node("save", "SaveV2", "name"))));
    }

    @Test
    void check_restoreOperationThatSaves_isRefused() throws IOException {
        assertRefused(
                saver(model(
                        node("path", "Placeholder"), node("save", "SaveV2", "path"), node("restore", "NoOp", "^save"))),
                "SaveV2 at node save: writes files (expected: only where checkpoints are saved");
    }

    @Test
    void check_restoreFromAnotherPath_isRefused() throws IOException {
        assertRefused(
                saver(model(
                        node("path", "Placeholder"),
                        node("other", "Const"),
                        node("read", "RestoreV2", "other"),
                        node("restore", "NoOp", "^read"))),
                "RestoreV2 at node read: reads files (expected: only the model's own variables");
    }

    /// TensorFlow feeds what the saver names; something that computes a path there would compute in vain, but why?
    @Test
    void check_restoreFromAComputedPath_isRefused() throws IOException {
        assertRefused(
                saver(model(
                        node("path", "Identity", "other"),
                        node("other", "Const"),
                        node("restore", "RestoreV2", "path"))),
                "RestoreV2 at node restore: ");
    }

    @Test
    void check_restoreThatAnAnswerNeeds_isRefused() throws IOException {
        assertRefused(
                saver(model(
                        node("path", "Placeholder"),
                        node("restore", "RestoreV2", "path"),
                        node("y", "Identity", "restore:0"))),
                "RestoreV2 at node restore: ");
    }

    @Test
    void check_restoringFunction_isTakenWhereItIsGivenTheSaversPath() throws IOException {
        MetaGraphDef.Builder right =
                saver(model(node("path", "Placeholder"), call("restore", "StatefulPartitionedCall", "f", "v", "path")));

        assertTaken(function(right, "f", List.of("v", "p"), node("read", "RestoreV2", "p", "names:output:0")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "const:output:0", "^p", "p:0"})
    void check_restoringFunctionThatReadsElsewhere_isRefused(String path) throws IOException {
        MetaGraphDef.Builder model =
                saver(model(node("path", "Placeholder"), call("restore", "StatefulPartitionedCall", "f", "v", "path")));

        assertRefused(
                function(model, "f", List.of("v", "p"), node("read", "RestoreV2", path)),
                "RestoreV2 at node read of function f: ");
    }

    /// Arguments of other calls than plain ones stand at other places than the inputs.
    @Test
    void check_restoringFunctionInABranch_isRefused() throws IOException {
        MetaGraphDef.Builder model =
                saver(model(node("path", "Placeholder"), call("restore", "If", "f", "path", "other")));

        assertRefused(function(model, "f", List.of("p"), node("read", "RestoreV2", "p")), "RestoreV2 at node read of");
    }

    @Test
    void check_restoringFunctionThatAFunctionCalls_isRefused() throws IOException {
        MetaGraphDef.Builder model = saver(model(
                node("path", "Placeholder"),
                node("both", "NoOp", "^restore2"),
                call("restore", "PartitionedCall", "g", "path"),
                call("restore2", "PartitionedCall", "f", "path")));
        function(model, "f", List.of("p"), node("read", "RestoreV2", "p"));
        function(model, "g", List.of("p"), call("again", "PartitionedCall", "f", "p"));

        assertRefused(model, "RestoreV2 at node read of function f: ");
    }

    @Test
    void check_savingFunctionThatABranchOfAFunctionCalls_isRefused() throws IOException {
        MetaGraphDef.Builder model = model(call("y", "PartitionedCall", "f", "x"));
        function(model, "f", List.of("p"), call("again", "If", "g", "p"));
        function(model, "g", List.of("p"), node("save", "SaveV2", "p"));

        assertRefused(model, "SaveV2 at node save of function g: ");
    }

    @Test
    void check_savingFunctionThatIsAGradient_isRefused() throws IOException {
        MetaGraphDef.Builder model = function(model(), "g", List.of("p"), node("save", "SaveV2", "p"));
        model.getGraphDefBuilder()
                .getLibraryBuilder()
                .addGradient(GradientDef.newBuilder().setFunctionName("f").setGradientFunc("g"));

        assertRefused(model, "SaveV2 at node save of function g: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy_init_op", "saved_model_main_op", "whatever"})
    void check_saverThatACollectionNames_isRefused(String collection) throws IOException {
        MetaGraphDef.Builder model = model(node("init", "NoOp", "^save"), node("save", "SaveV2"))
                .putCollectionDef(
                        collection,
                        CollectionDef.newBuilder()
                                .setNodeList(CollectionDef.NodeList.newBuilder().addValue("init"))
                                .build());

        assertRefused(model, "SaveV2 at node save: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"__saved_model_init_op", "__saved_model_train_op", "second"})
    void check_saverThatAnotherSignatureNames_isRefused(String signature) throws IOException {
        MetaGraphDef.Builder model = model(node("save", "SaveV2"))
                .putSignatureDef(
                        signature,
                        SignatureDef.newBuilder()
                                .putOutputs(
                                        signature,
                                        TensorInfo.newBuilder().setName("save").build())
                                .build());

        assertRefused(model, "SaveV2 at node save: ");
    }

    @Test
    void check_policyOfAnything_takesAll() throws IOException {
        Path directory = write(model(node("read", "ReadFile")));

        assertTrue(SavedModelFile.read(directory, OperationPolicy.ANYTHING)
                .operations()
                .contains("ReadFile"));
    }

    // ---- hostile bytes

    @Property(tries = 300)
    void read_oneByteChanged_isReadOrRejected(@ForAll @IntRange(max = 10_000) int position, @ForAll byte value)
            throws IOException {
        byte[] bytes = bytes(function(
                saver(model(call("restore", "PartitionedCall", "f", "path"), node("path", "Placeholder"))),
                "f",
                List.of("p"),
                node("read", "RestoreV2", "p")));
        bytes[position % bytes.length] = value;
        Path directory = Files.createTempDirectory("savedmodel");
        Path file = directory.resolve(SavedModelFile.FILE_NAME);
        try {
            Files.write(file, bytes);
            assertTrue(SavedModelFile.read(directory, OperationPolicy.HARMLESS)
                            .outputs()
                            .size()
                    >= 1);
        } catch (ArtifactRejected expected) {
            assertTrue(expected.getMessage().length() < 400, expected::getMessage);
        } finally {
            Files.delete(file);
            Files.delete(directory);
        }
    }

    // ---- models

    /// The output is `y`, if there is such a node.
    private static MetaGraphDef.Builder model(NodeDef.Builder... nodes) {
        MetaGraphDef.Builder model = MetaGraphDef.newBuilder()
                .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                .putSignatureDef(
                        "serving_default",
                        SignatureDef.newBuilder()
                                .putOutputs(
                                        "y",
                                        TensorInfo.newBuilder()
                                                .setName("y:0")
                                                .setDtype(DataType.DT_FLOAT)
                                                .build())
                                .build());
        for (NodeDef.Builder node : nodes) {
            model.getGraphDefBuilder().addNode(node);
        }
        return model;
    }

    /// Its path is fed to `path`, `save` saves and `restore` restores.
    private static MetaGraphDef.Builder saver(MetaGraphDef.Builder model) {
        return model.setSaverDef(SaverDef.newBuilder()
                .setFilenameTensorName("path:0")
                .setSaveTensorName("save:0")
                .setRestoreOpName("restore"));
    }

    private static MetaGraphDef.Builder function(
            MetaGraphDef.Builder model, String name, List<String> arguments, NodeDef.Builder... nodes) {
        OpDef.Builder signature = OpDef.newBuilder().setName(name);
        arguments.forEach(
                argument -> signature.addInputArg(OpDef.ArgDef.newBuilder().setName(argument)));
        FunctionDef.Builder function = FunctionDef.newBuilder().setSignature(signature);
        for (NodeDef.Builder node : nodes) {
            function.addNodeDef(node);
        }
        model.getGraphDefBuilder().getLibraryBuilder().addFunction(function);
        return model;
    }

    private static NodeDef.Builder node(String name, String operation, String... inputs) {
        return NodeDef.newBuilder().setName(name).setOp(operation).addAllInput(List.of(inputs));
    }

    private static NodeDef.Builder call(String name, String operation, String called, String... inputs) {
        return node(name, operation, inputs)
                .putAttr(
                        "f",
                        AttrValue.newBuilder()
                                .setFunc(NameAttrList.newBuilder().setName(called))
                                .build());
    }

    private static byte[] bytes(MetaGraphDef.Builder model) {
        return SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(model)
                .build()
                .toByteArray();
    }

    private Path write(MetaGraphDef.Builder model) throws IOException {
        Files.write(folder.resolve(SavedModelFile.FILE_NAME), bytes(model));
        return folder;
    }

    private void assertTaken(MetaGraphDef.Builder model) throws IOException {
        assertEquals(
                1,
                SavedModelFile.read(write(model), OperationPolicy.HARMLESS)
                        .outputs()
                        .size());
    }

    private String assertRefused(MetaGraphDef.Builder model, String message) throws IOException {
        Path directory = write(model);
        ArtifactRejected refused =
                assertThrows(ArtifactRejected.class, () -> SavedModelFile.read(directory, OperationPolicy.HARMLESS));
        assertTrue(refused.getMessage().contains(message), refused::getMessage);
        return refused.getMessage();
    }
}
