package dev.firstpass.server.runtime.engine.tensorflow;

import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.function;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.integer;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.number;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.shape;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.string;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.strings;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.text;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.type;
import static dev.firstpass.server.runtime.engine.tensorflow.AttributeValues.types;
import static dev.firstpass.server.runtime.engine.tensorflow.HandmadeModel.argument;
import static dev.firstpass.server.runtime.engine.tensorflow.HandmadeModel.node;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.OpDef;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// SavedModels that do more than compute, by what they try. Each looks like a model that gives one answer for `x`.
public final class HostileModels {
    /// @param refusal how the message begins that refuses it
    public record Hostile(HandmadeModel model, String refusal) {}

    private HostileModels() {}

    /// @param secret a file that none of them has a right to
    /// @param loot where those put something that write
    public static Map<String, Hostile> all(Path secret, Path loot) {
        Map<String, Hostile> all = new LinkedHashMap<>();
        all.put("reads a file for its output", new Hostile(readsFile(secret), "ReadFile at node read: reads files"));
        all.put("writes a file when it is run", new Hostile(writesFile(loot), "WriteFile at node write: writes files"));
        all.put("writes a file when it is loaded", new Hostile(writesAtLoad(loot), "WriteFile at node write: writes"));
        all.put(
                "reads a file in a function",
                new Hostile(readsInFunction(secret), "ReadFile at node read of function inner: reads files"));
        all.put(
                "reads a file in another signature",
                new Hostile(
                        honest().nodes(constant("path", string(secret.toString())), node("read", "ReadFile", "path"))
                                .signature("other", "y", "read:0", DataType.DT_STRING),
                        "ReadFile at node read: reads files"));
        all.put(
                "lists a folder",
                new Hostile(
                        honest().nodes(
                                        constant(
                                                "path",
                                                string(secret.resolveSibling("*")
                                                        .toString())),
                                        node("list", "MatchingFiles", "path")),
                        "MatchingFiles at node list: reads files"));
        all.put(
                "calls Python",
                new Hostile(
                        honest().nodes(node("call", "PyFunc", "x")
                                .putAttr("token", text("pyfunc_0"))
                                .putAttr("Tin", types(DataType.DT_FLOAT))
                                .putAttr("Tout", types(DataType.DT_FLOAT))),
                        "PyFunc at node call: runs Python"));
        all.put(
                "restores a foreign checkpoint to answer",
                new Hostile(
                        restoring(secret).served("restore:0", DataType.DT_FLOAT),
                        "RestoreV2 at node restore: reads files"));
        all.put(
                "restores a foreign checkpoint when it is loaded",
                new Hostile(
                        restoring(secret)
                                .nodes(identity("y", "x", DataType.DT_FLOAT), filename())
                                .served("y:0", DataType.DT_FLOAT)
                                .saver("saver_filename:0", "", "restore"),
                        "RestoreV2 at node restore: reads files"));
        all.put(
                "restores a foreign checkpoint by way of a function",
                new Hostile(
                        restoresForeignInFunction(secret),
                        "RestoreV2 at node restore of function restoring: reads files"));
        all.put(
                "saves to a place of its choice to answer",
                new Hostile(
                        saving(loot)
                                .nodes(identity("y", "x", DataType.DT_FLOAT).addInput("^save"))
                                .served("y:0", DataType.DT_FLOAT),
                        "ShardedFilename at node sharded: forms names of files"));
        all.put(
                "saves to a place of its choice when it is loaded",
                new Hostile(
                        saving(loot)
                                .nodes(
                                        identity("y", "x", DataType.DT_FLOAT),
                                        filename(),
                                        node("restore", "NoOp", "^save"))
                                .served("y:0", DataType.DT_FLOAT)
                                .saver("saver_filename:0", "", "restore"),
                        "ShardedFilename at node sharded: forms names of files"));
        all.put(
                "saves in a function that stands in for another",
                new Hostile(savesInSubstitute(loot), "SaveV2 at node save of function spare: writes files"));
        all.put(
                "fills a table from a text file",
                new Hostile(
                        honest().nodes(
                                        node("table", "HashTableV2")
                                                .putAttr("key_dtype", type(DataType.DT_STRING))
                                                .putAttr("value_dtype", type(DataType.DT_INT64)),
                                        constant("asset", string(secret.toString())),
                                        node("fill", "InitializeTableFromTextFileV2", "table", "asset")
                                                .putAttr("key_index", number(-2))
                                                .putAttr("value_index", number(-1)))
                                .initialisedBy("fill"),
                        "InitializeTableFromTextFileV2 at node fill: reads files"));
        all.put(
                "iterates over the lines of a file",
                new Hostile(
                        honest().nodes(
                                        constant("path", string(secret.toString())),
                                        constant("compression", string("")),
                                        constant("buffer", AttributeValues.integer(0))
                                                .putAttr("dtype", type(DataType.DT_INT64)),
                                        node("lines", "TextLineDataset", "path", "compression", "buffer")),
                        "TextLineDataset at node lines: reads files"));
        all.put("prints to a file", new Hostile(printsToFile(loot), "PrintV2 at node print: writes files"));
        all.put(
                "sends a tensor to a file for debugging",
                new Hostile(
                        new HandmadeModel()
                                .nodes(node("y", "DebugIdentity", "x")
                                        .putAttr("T", type(DataType.DT_FLOAT))
                                        .putAttr(
                                                "debug_urls",
                                                AttrValue.newBuilder()
                                                        .setList(AttrValue.ListValue.newBuilder()
                                                                .addS(ByteString.copyFromUtf8("file://" + loot)))
                                                        .build()))
                                .served("y:0", DataType.DT_FLOAT),
                        "DebugIdentity at node y: writes files or addresses"));
        all.put(
                "ends the process",
                new Hostile(honest().nodes(node("end", "Abort")), "Abort at node end: ends the process"));
        all.put(
                "calls an operation as if it were a function",
                new Hostile(
                        new HandmadeModel()
                                .nodes(call("y", "ReadFile").putAttr("Tout", types(DataType.DT_STRING)))
                                .served("y:0", DataType.DT_FLOAT),
                        "node y: calls ReadFile"));
        return all;
    }

    static HandmadeModel honest() {
        return new HandmadeModel().nodes(identity("y", "x", DataType.DT_FLOAT)).served("y:0", DataType.DT_FLOAT);
    }

    /// The output is the file, byte by byte.
    static HandmadeModel readsFile(Path secret) {
        return new HandmadeModel()
                .nodes(
                        constant("path", string(secret.toString())),
                        node("read", "ReadFile", "path"),
                        node("y", "DecodeRaw", "read").putAttr("out_type", type(DataType.DT_UINT8)))
                .served("y:0", DataType.DT_UINT8);
    }

    static HandmadeModel writesFile(Path loot) {
        return new HandmadeModel()
                .nodes(
                        constant("path", string(loot.toString())),
                        constant("content", string("was here")),
                        node("write", "WriteFile", "path", "content"),
                        identity("y", "x", DataType.DT_FLOAT).addInput("^write"))
                .served("y:0", DataType.DT_FLOAT);
    }

    static HandmadeModel writesAtLoad(Path loot) {
        return honest().nodes(
                        constant("path", string(loot.toString())),
                        constant("content", string("was here")),
                        node("write", "WriteFile", "path", "content"))
                .initialisedBy("write");
    }

    /// In a function that is called by a function.
    static HandmadeModel readsInFunction(Path secret) {
        return new HandmadeModel()
                .nodes(call("y", "outer").putAttr("Tout", types(DataType.DT_UINT8)))
                .function(
                        OpDef.newBuilder().setName("outer").addOutputArg(argument("bytes", DataType.DT_UINT8)),
                        FunctionDef.newBuilder()
                                .addNodeDef(call("call", "inner").putAttr("Tout", types(DataType.DT_UINT8)))
                                .putRet("bytes", "call:output:0"))
                .function(
                        OpDef.newBuilder().setName("inner").addOutputArg(argument("bytes", DataType.DT_UINT8)),
                        FunctionDef.newBuilder()
                                .addNodeDef(constant("path", string(secret.toString())))
                                .addNodeDef(node("read", "ReadFile", "path:output:0"))
                                .addNodeDef(node("decode", "DecodeRaw", "read:contents:0")
                                        .putAttr("out_type", type(DataType.DT_UINT8)))
                                .putRet("bytes", "decode:output:0"))
                .served("y:0", DataType.DT_UINT8);
    }

    static HandmadeModel printsToFile(Path loot) {
        return new HandmadeModel()
                .nodes(
                        constant("words", string("was here")),
                        node("print", "PrintV2", "words").putAttr("output_stream", text("file://" + loot)),
                        identity("y", "x", DataType.DT_FLOAT).addInput("^print"))
                .served("y:0", DataType.DT_FLOAT);
    }

    private static HandmadeModel restoring(Path foreign) {
        return new HandmadeModel()
                .nodes(
                        constant("prefix", string(foreign.toString())),
                        constant("names", strings("v")),
                        constant("slices", strings("")),
                        node("restore", "RestoreV2", "prefix", "names", "slices")
                                .putAttr("dtypes", types(DataType.DT_FLOAT)));
    }

    private static HandmadeModel restoresForeignInFunction(Path foreign) {
        return honest().nodes(
                        filename(),
                        constant("prefix", string(foreign.toString())),
                        call("restore", "restoring", "prefix").putAttr("Tin", types(DataType.DT_STRING)))
                .function(
                        OpDef.newBuilder().setName("restoring").addInputArg(argument("prefix", DataType.DT_STRING)),
                        FunctionDef.newBuilder()
                                .addNodeDef(constant("names", strings("v")))
                                .addNodeDef(constant("slices", strings("")))
                                .addNodeDef(node("restore", "RestoreV2", "prefix", "names:output:0", "slices:output:0")
                                        .putAttr("dtypes", types(DataType.DT_FLOAT))))
                .saver("saver_filename:0", "", "restore");
    }

    static HandmadeModel saving(Path loot) {
        return new HandmadeModel()
                .nodes(
                        constant("prefix", string(loot.toString())),
                        constant("shard", integer(0)).putAttr("dtype", type(DataType.DT_INT32)),
                        constant("shards", integer(1)).putAttr("dtype", type(DataType.DT_INT32)),
                        node("sharded", "ShardedFilename", "prefix", "shard", "shards"),
                        constant("names", strings("v")),
                        constant("slices", strings("")),
                        constant("value", AttributeValues.real(1)).putAttr("dtype", type(DataType.DT_FLOAT)),
                        node("save", "SaveV2", "sharded", "names", "slices", "value")
                                .putAttr("dtypes", types(DataType.DT_FLOAT)));
    }

    /// Nobody calls `spare`, but it says to be the same as what is called.
    private static HandmadeModel savesInSubstitute(Path loot) {
        return new HandmadeModel()
                .nodes(call("y", "usual", "x")
                        .putAttr("Tin", types(DataType.DT_FLOAT))
                        .putAttr("Tout", types(DataType.DT_FLOAT)))
                .function(
                        OpDef.newBuilder()
                                .setName("usual")
                                .addInputArg(argument("x", DataType.DT_FLOAT))
                                .addOutputArg(argument("y", DataType.DT_FLOAT)),
                        FunctionDef.newBuilder()
                                .putAttr("api_implements", text("same"))
                                .putRet("y", "x"))
                .function(
                        OpDef.newBuilder()
                                .setName("spare")
                                .addInputArg(argument("x", DataType.DT_FLOAT))
                                .addOutputArg(argument("y", DataType.DT_FLOAT)),
                        FunctionDef.newBuilder()
                                .putAttr("api_implements", text("same"))
                                .addNodeDef(constant("prefix", string(loot.toString())))
                                .addNodeDef(constant("names", strings("v")))
                                .addNodeDef(constant("slices", strings("")))
                                .addNodeDef(node(
                                                "save",
                                                "SaveV2",
                                                "prefix:output:0",
                                                "names:output:0",
                                                "slices:output:0",
                                                "x")
                                        .putAttr("dtypes", types(DataType.DT_FLOAT)))
                                .putRet("y", "x"))
                .served("y:0", DataType.DT_FLOAT);
    }

    static NodeDef.Builder filename() {
        return node("saver_filename", "Placeholder")
                .putAttr("dtype", type(DataType.DT_STRING))
                .putAttr("shape", shape());
    }

    static NodeDef.Builder constant(String name, AttrValue value) {
        return node(name, "Const")
                .putAttr("dtype", type(value.getTensor().getDtype()))
                .putAttr("value", value);
    }

    static NodeDef.Builder identity(String name, String input, DataType type) {
        return node(name, "Identity", input).putAttr("T", type(type));
    }

    static NodeDef.Builder call(String name, String called, String... inputs) {
        return node(name, "StatefulPartitionedCall", inputs)
                .putAttr("Tin", types())
                .putAttr("Tout", types())
                .putAttr("f", function(called));
    }
}
