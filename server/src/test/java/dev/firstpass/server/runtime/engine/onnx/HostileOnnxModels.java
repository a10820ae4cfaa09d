package dev.firstpass.server.runtime.engine.onnx;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// ONNX files whose output is, if their engine lets them, what they have no right to.
///
/// Pure functions.
public final class HostileOnnxModels {
    private HostileOnnxModels() {}

    /// Writes them, each to a folder of its own.
    ///
    /// @param secret a file that none of them has a right to
    /// @param bytes of it
    /// @return what each tries -> the file
    public static Map<String, Path> write(Path secret, int bytes, Path folder) throws IOException {
        Map<String, Path> all = new LinkedHashMap<>();
        all.put("weights by absolute path", write(folder.resolve("absolute"), weights(secret.toString(), bytes)));
        Path above = Files.createDirectories(folder.resolve("above"));
        all.put(
                "weights above its folder",
                write(above, weights(above.relativize(secret).toString(), bytes)));
        Path linked = write(folder.resolve("linked"), weights("weights", bytes));
        Files.createSymbolicLink(linked.resolveSibling("weights"), secret);
        all.put("weights by way of a link", linked);
        all.put("weights of a branch", write(folder.resolve("branch"), branch(secret.toString(), bytes)));
        all.put(
                "weights at an address in memory",
                write(folder.resolve("address"), weights("*/_ORT_MEM_ADDR_/*", bytes)));
        return all;
    }

    private static Path write(Path folder, GraphProto.Builder graph) throws IOException {
        return Files.write(
                Files.createDirectories(folder).resolve("model.onnx"),
                OnnxParts.model(graph).build().toByteArray());
    }

    private static GraphProto.Builder weights(String location, int bytes) {
        return graph(bytes).addInitializer(outside(location, bytes)).addNode(OnnxParts.node("Identity", "y", "w"));
    }

    private static GraphProto.Builder branch(String location, int bytes) {
        GraphProto.Builder branch = GraphProto.newBuilder()
                .setName("branch")
                .addInitializer(outside(location, bytes))
                .addNode(OnnxParts.node("Identity", "z", "w"))
                .addOutput(OnnxParts.value("z", TensorProto.DataType.UINT8, bytes));
        TensorProto yes = TensorProto.newBuilder()
                .setName("yes")
                .setDataType(TensorProto.DataType.BOOL.getNumber())
                .setRawData(ByteString.copyFrom(new byte[] {1}))
                .build();
        return graph(bytes)
                .addInitializer(yes)
                .addNode(OnnxParts.node("If", "y", "yes")
                        .addAttribute(graph("then_branch", branch))
                        .addAttribute(graph("else_branch", branch)));
    }

    private static AttributeProto.Builder graph(String name, GraphProto.Builder graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph);
    }

    private static GraphProto.Builder graph(int bytes) {
        return GraphProto.newBuilder()
                .setName("main")
                .addInput(OnnxParts.value("x", TensorProto.DataType.FLOAT, 2))
                .addOutput(OnnxParts.value("y", TensorProto.DataType.UINT8, bytes));
    }

    private static TensorProto.Builder outside(String location, int bytes) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.UINT8.getNumber())
                .addDims(bytes)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(OnnxParts.entry("location", location))
                .addExternalData(OnnxParts.entry("offset", "0"))
                .addExternalData(OnnxParts.entry("length", Integer.toString(bytes)));
    }
}
