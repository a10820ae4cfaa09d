package dev.firstpass.registry.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.bundle.HostileGround.Offer;
import dev.firstpass.registry.bundle.HostileGround.Vector;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.store.Registration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// ONNX models whose weights are to come from elsewhere than a file that was offered with them. Each is in a bundle with
/// weights beside it, and would be taken with those.
@TestInstance(Lifecycle.PER_CLASS)
@ResourceLock(HostileGround.LOG)
final class HostileExternalDataTest {
    private static final String WEIGHTS = "weights.bin";
    private static final int BYTES = 64;
    private static final String NOT_TAKEN = "not taken (expected: a path below the model's own folder)";
    private static final String MISSING = "missing (expected: a file beside the model)";

    private static final Offer NONE = (folder, _) -> folder;

    private HostileGround ground;

    @BeforeAll
    void lay(@TempDir Path root) throws IOException {
        ground = new HostileGround(root);
    }

    @AfterAll
    void end() {
        ground.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"locations", "links", "ranges", "entries", "places", "operators"})
    void register_hostileReference_isRefusedAndLeavesNothing(Vector vector) throws IOException {
        ground.assertRefused(vector);
    }

    // ---- what shows that these tests can fail

    /// Wherever a tensor may stand, one that names a file of the bundle is taken; the file is copied with the bytes it
    /// has, and the search that finds no secret finds it.
    @Test
    void register_referenceToAFileOfTheBundle_isTakenFromEveryPlace(@TempDir Path root) throws IOException {
        try (HostileGround other = new HostileGround(root)) {
            byte[] secret = Files.readAllBytes(other.secret());
            for (Map.Entry<String, Function<TensorProto, ModelProto>> place :
                    everyPlace().entrySet()) {
                Path bundle = other.folder();
                HostileGround.write(bundle.resolve("nets/deep/" + WEIGHTS), secret);
                HostileGround.write(
                        bundle.resolve("nets/model.onnx"),
                        place.getValue().apply(outside("deep/" + WEIGHTS)).toByteArray());

                Registration made = other.register(bundle, Validator.NONE);

                assertEquals(State.AVAILABLE, made.version().state(), place.getKey());
                Path kept = made.version().directory().resolve("nets/deep/" + WEIGHTS);
                assertArrayEquals(secret, Files.readAllBytes(kept));
                assertEquals(1, Files.getAttribute(kept, "unix:nlink"));
            }
            List<String> places = other.placesOfMarker(new IllegalStateException("nothing"));
            assertEquals(everyPlace().size(), places.size(), places::toString);
            assertTrue(places.stream().allMatch(place -> place.endsWith("nets/deep/" + WEIGHTS)), places::toString);
        }
    }

    // ---- where the location leads

    static Stream<Vector> locations() {
        return Stream.of(
                located("absolute", "SECRET", NOT_TAKEN),
                located("absolute, of the system", "/etc/passwd", NOT_TAKEN),
                located("of the process", "/proc/self/environ", NOT_TAKEN),
                located("device", "/dev/zero", NOT_TAKEN),
                located("above", "../secret.bin", NOT_TAKEN),
                located("far above", "../../../../secret.bin", NOT_TAKEN),
                located("above a folder", "sub/../../../../../secret.bin", NOT_TAKEN),
                located("above and back", "../files/weights.bin", NOT_TAKEN),
                located("above, to the registry's own", "../manifest.json", NOT_TAKEN),
                located("here", "./weights.bin", NOT_TAKEN),
                located("two slashes", "sub//weights.bin", NOT_TAKEN),
                located("backslash", "..\\secret.bin", NOT_TAKEN),
                located("drive", "C:secret.bin", NOT_TAKEN),
                located("URL", "https://localhost/secret.bin", NOT_TAKEN),
                located("file URL", "file:///etc/passwd", NOT_TAKEN),
                located("empty", "", NOT_TAKEN),
                located("NUL", "weights.bin\0", "not taken (expected: a name in this system's characters)"),
                located("NUL in front of an ending", "../secret.bin\0weights.bin", NOT_TAKEN),
                located("percent", "%2e%2e%2fsecret.bin", MISSING),
                located("percent between", "..%2fsecret.bin", MISSING),
                located("variable", "$HOME/secret.bin", MISSING),
                located("home", "~/secret.bin", MISSING),
                located("case", "Weights.bin", MISSING),
                located("missing", "nowhere.bin", MISSING),
                located("folder", "sub", MISSING),
                located("left out for its dot", ".weights.bin", MISSING),
                located("manifest", "firstpass.yaml", MISSING),
                located("model itself", "model.onnx", "the model itself (expected: a file beside it)"),
                located("address", "*/_ORT_MEM_ADDR_/*", NOT_TAKEN),
                located("address, by its other name", "*/_ORT_NATIVE_ENDIAN_MEM_ADDR_/*", NOT_TAKEN),
                vector(
                        "address, with a file of that name",
                        outside("*/_ORT_MEM_ADDR_/*"),
                        (folder, _) -> HostileGround.write(folder.resolve("*/_ORT_MEM_ADDR_/*"), new byte[BYTES]),
                        NOT_TAKEN),
                vector(
                        "address, by its other name, with a file of that name",
                        outside("*/_ORT_NATIVE_ENDIAN_MEM_ADDR_/*"),
                        (folder, _) -> HostileGround.write(
                                folder.resolve("*/_ORT_NATIVE_ENDIAN_MEM_ADDR_/*"), new byte[BYTES]),
                        NOT_TAKEN));
    }

    // ---- what stands there

    static Stream<Vector> links() {
        return Stream.of(
                vector(
                        "link",
                        outside("linked.bin"),
                        (folder, secret) -> Files.createSymbolicLink(folder.resolve("linked.bin"), secret),
                        "linked.bin: a link (expected: the file itself)"),
                vector(
                        "link to the weights",
                        outside("linked.bin"),
                        (folder, _) -> Files.createSymbolicLink(folder.resolve("linked.bin"), Path.of(WEIGHTS)),
                        "linked.bin: a link (expected: the file itself)"),
                vector(
                        "folder that is a link",
                        outside("linked/secret.bin"),
                        (folder, secret) -> Files.createSymbolicLink(folder.resolve("linked"), secret.getParent()),
                        "linked: a link (expected: the file itself)"),
                vector(
                        "hard link",
                        outside("linked.bin"),
                        (folder, secret) -> Files.createLink(folder.resolve("linked.bin"), secret),
                        "linked.bin: a hard link"),
                vector(
                        "link to a device",
                        outside("linked.bin"),
                        (folder, _) -> Files.createSymbolicLink(folder.resolve("linked.bin"), Path.of("/dev/zero")),
                        "linked.bin: a link (expected: the file itself)"),
                archived(
                        "link in a zip",
                        (model, secret) -> ZipBytes.of(
                                ZipBytes.stored("model.onnx", model),
                                ZipBytes.stored("linked.bin", secret).with(e -> e.mode = 0xA1FF))),
                archived(
                        "link in a tar",
                        (model, secret) -> TarBytes.of(
                                TarBytes.file("model.onnx", model),
                                TarBytes.entry(
                                        "linked.bin", '2', new byte[0], h -> TarBytes.put(h, 157, "../secret.bin")))),
                archived(
                        "hard link in a tar",
                        (model, secret) -> TarBytes.of(
                                TarBytes.file("model.onnx", model),
                                TarBytes.entry(
                                        "linked.bin", '1', new byte[0], h -> TarBytes.put(h, 157, "../secret.bin")))));
    }

    // ---- which bytes

    static Stream<Vector> ranges() {
        return Stream.of(
                ranged("negative offset", "-1", "8", "offset \"-1\" (expected: a number >= 0)"),
                ranged("negative length", "0", "-8", "length \"-8\" (expected: a number >= 0)"),
                ranged("offset that is no number", "eight", "8", "offset \"eight\" (expected: a number >= 0)"),
                ranged("offset in hex", "0x8", "8", "offset \"0x8\" (expected: a number >= 0)"),
                ranged("offset with a sign", "+8", "8", "offset \"+8\" (expected: a number >= 0)"),
                ranged("offset in other digits", "\u0663", "8", "offset \"?\" (expected: a number >= 0)"),
                ranged("empty offset", "", "8", "offset \"\" (expected: a number >= 0)"),
                ranged("offset beyond numbers", "18446744073709551615", "8", "(expected: a number >= 0)"),
                ranged("offset beyond the file", "65", "0", "64 bytes (expected: >= 65, as the model refers to them)"),
                ranged("length beyond the file", "8", "57", "64 bytes (expected: >= 65, as the model refers to them)"),
                ranged("end beyond numbers", "1", "9223372036854775807", "64 bytes (expected: >= 9223372036854775807"));
    }

    // ---- how it is said

    static Stream<Vector> entries() {
        return Stream.of(
                vector("no location", external(entry("offset", "0")), "weights outside: no location (expected: "),
                vector("nothing at all", external(), "weights outside: no location (expected: "),
                vector(
                        "two locations, the last one good",
                        external(entry("location", "../secret.bin"), entry("location", WEIGHTS)),
                        NOT_TAKEN),
                vector(
                        "two locations, the first one good",
                        external(entry("location", WEIGHTS), entry("location", "../secret.bin")),
                        NOT_TAKEN),
                vector(
                        "two offsets, the last one good",
                        external(entry("location", WEIGHTS), entry("offset", "65"), entry("offset", "0")),
                        "(expected: >= 65"),
                vector(
                        "two lengths, the first one good",
                        external(entry("location", WEIGHTS), entry("length", "8"), entry("length", "65")),
                        "(expected: >= 65"),
                vector(
                        "another key",
                        external(entry("location", WEIGHTS), entry("basepath", "/etc")),
                        "weights outside: \"basepath\" (expected: location, offset, length or checksum)"),
                vector(
                        "a key in another case",
                        external(entry("Location", "../secret.bin")),
                        "weights outside: \"Location\" (expected: location, offset, length or checksum)"),
                vector(
                        "not said to be outside",
                        outside("../secret.bin").toBuilder().clearDataLocation().build(),
                        NOT_TAKEN));
    }

    // ---- where the tensor stands

    static Stream<Vector> places() {
        TensorProto tensor = outside("../secret.bin");
        return everyPlace().entrySet().stream()
                .map(place -> vector("in " + place.getKey(), place.getValue().apply(tensor), NONE, NOT_TAKEN));
    }

    private static Map<String, Function<TensorProto, ModelProto>> everyPlace() {
        Map<String, Function<TensorProto, ModelProto>> places = new LinkedHashMap<>();
        places.put("an initializer", tensor -> model(graph(tensor)));
        places.put("an attribute", tensor -> model(node(attribute(tensor))));
        places.put(
                "a list of an attribute",
                tensor -> model(node(AttributeProto.newBuilder()
                        .setName("a")
                        .addTensors(TensorProto.getDefaultInstance())
                        .addTensors(tensor))));
        places.put("a branch", tensor -> model(node("If", body(graph(tensor)))));
        places.put(
                "a branch of a loop", tensor -> model(node("Loop", body(node("If", body(node(attribute(tensor))))))));
        places.put(
                "a list of graphs",
                tensor -> model(node(AttributeProto.newBuilder()
                        .setName("g")
                        .addGraphs(GraphProto.getDefaultInstance())
                        .addGraphs(graph(tensor)))));
        for (int part = 1; part <= 2; part++) {
            String name = part == 1 ? "the values" : "the indices";
            int field = part;
            places.put(
                    name + " of a sparse initializer",
                    tensor -> model(GraphProto.newBuilder()
                            .setUnknownFields(fields(15, fields(field, tensor.toByteString())))));
            places.put(
                    name + " of a sparse attribute",
                    tensor -> model(node(AttributeProto.newBuilder()
                            .setUnknownFields(fields(22, fields(field, tensor.toByteString()))))));
            places.put(
                    name + " of a list of sparse tensors",
                    tensor -> model(node(AttributeProto.newBuilder()
                            .setUnknownFields(fields(23, fields(field, tensor.toByteString()))))));
        }
        places.put(
                "a function",
                tensor -> with(25, fields(7, node(attribute(tensor)).getNode(0).toByteString())));
        places.put(
                "a branch in a function",
                tensor -> with(
                        25, fields(7, node("If", body(graph(tensor))).getNode(0).toByteString())));
        places.put(
                "a default of a function",
                tensor -> with(25, fields(11, attribute(tensor).build().toByteString())));
        places.put(
                "the start of a training",
                tensor -> with(20, fields(1, graph(tensor).build().toByteString())));
        places.put(
                "the step of a training",
                tensor -> with(20, fields(2, node(attribute(tensor)).build().toByteString())));
        return places;
    }

    // ---- code instead of weights

    static Stream<Vector> operators() {
        NodeProto custom =
                NodeProto.newBuilder().setOpType("Run").setDomain("mine").build();
        // A library itself is refused before anybody reads the model: HostileArchivesTest.
        Offer library = (folder, _) -> HostileGround.write(folder.resolve("libmine"), new byte[] {'l', 'i', 'b'});
        return Stream.of(
                vector(
                        "operator of a library in the bundle",
                        model(GraphProto.newBuilder().addNode(custom)),
                        library,
                        "operator \"Run\" of domain \"mine\": a custom operator"),
                vector(
                        "operator whose name is a second line",
                        model(GraphProto.newBuilder().addNode(custom.toBuilder().setOpType("Run\nall is well"))),
                        library,
                        "operator \"Run?all is well\" of domain \"mine\": a custom operator"),
                vector(
                        "operator of a library, in a training",
                        with(
                                20,
                                fields(
                                        2,
                                        GraphProto.newBuilder()
                                                .addNode(custom)
                                                .build()
                                                .toByteString())),
                        library,
                        "operator \"Run\" of domain \"mine\": a custom operator"));
    }

    // ---- models

    private static TensorProto outside(String location) {
        return ranged(location, "0", Integer.toString(BYTES));
    }

    private static TensorProto ranged(String location, String offset, String length) {
        return external(entry("location", location), entry("offset", offset), entry("length", length));
    }

    private static TensorProto external(StringStringEntryProto... entries) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(BYTES / Float.BYTES)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addAllExternalData(List.of(entries))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static GraphProto.Builder graph(TensorProto initializer) {
        return GraphProto.newBuilder().addInitializer(initializer);
    }

    private static GraphProto.Builder node(AttributeProto.Builder attribute) {
        return node("Constant", attribute);
    }

    private static GraphProto.Builder node(String type, AttributeProto.Builder attribute) {
        return GraphProto.newBuilder()
                .addNode(NodeProto.newBuilder().setOpType(type).addAttribute(attribute));
    }

    private static AttributeProto.Builder attribute(TensorProto tensor) {
        return AttributeProto.newBuilder().setName("value").setT(tensor);
    }

    private static AttributeProto.Builder body(GraphProto.Builder graph) {
        return AttributeProto.newBuilder().setName("body").setG(graph);
    }

    /// A detector with more in its graph.
    private static ModelProto model(GraphProto.Builder more) {
        return OnnxDetector.model(OnnxDetector.graph().mergeFrom(more.build())).build();
    }

    /// A detector with a field more, of which the schema has nothing.
    private static ModelProto with(int field, UnknownFieldSet message) {
        return OnnxDetector.model(OnnxDetector.graph())
                .setUnknownFields(fields(field, message))
                .build();
    }

    private static UnknownFieldSet fields(int field, UnknownFieldSet message) {
        return fields(field, message.toByteString());
    }

    private static UnknownFieldSet fields(int field, ByteString value) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        field,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(value)
                                .build())
                .build();
    }

    // ---- vectors

    /// @param location with `SECRET` for the secret's path
    private static Vector located(String name, String location, String reason) {
        Offer offer = (folder, secret) ->
                bundle(folder, model(graph(outside(location.replace("SECRET", secret.toString())))));
        return new Vector(name, offer, ArtifactRejected.class, reason);
    }

    private static Vector ranged(String name, String offset, String length, String reason) {
        return vector(name, ranged(WEIGHTS, offset, length), reason);
    }

    private static Vector vector(String name, TensorProto tensor, String reason) {
        return vector(name, tensor, NONE, reason);
    }

    private static Vector vector(String name, TensorProto tensor, Offer beside, String reason) {
        return vector(name, model(graph(tensor)), beside, reason);
    }

    /// @param beside puts something beside the model
    private static Vector vector(String name, ModelProto model, Offer beside, String reason) {
        Offer offer = (folder, secret) -> {
            beside.make(folder, secret);
            return bundle(folder, model);
        };
        return new Vector(name, offer, ArtifactRejected.class, reason);
    }

    private static Path bundle(Path folder, ModelProto model) throws IOException {
        Files.write(folder.resolve("model.onnx"), model.toByteArray());
        Files.writeString(folder.resolve("firstpass.yaml"), "family: boxes");
        Files.write(folder.resolve(".weights.bin"), new byte[BYTES]);
        Files.write(folder.resolve(WEIGHTS), new byte[BYTES]);
        HostileGround.write(folder.resolve("sub/" + WEIGHTS), new byte[BYTES]);
        return folder;
    }

    @FunctionalInterface
    private interface Archive {
        byte[] of(byte[] model, byte[] secret);
    }

    private static Vector archived(String name, Archive archive) {
        byte[] model = model(graph(outside("linked.bin"))).toByteArray();
        Offer offer = (folder, secret) -> Files.write(
                folder.resolve("offered"), archive.of(model, secret.toString().getBytes(StandardCharsets.UTF_8)));
        return new Vector(name, offer, ArtifactRejected.class, "'linked.bin' is a link (expected: files)");
    }
}
