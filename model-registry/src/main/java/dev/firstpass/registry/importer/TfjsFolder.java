package dev.firstpass.registry.importer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A TensorFlow.js graph model as published: `model.json` with the graph and a manifest of the weights, which lie one
/// after the other in shard files beside it, little-endian.
///
/// Immutable. All weights are on the heap.
///
/// @param nodes by name, in the file's order
/// @param constants the values of the graph's Const nodes, by name
/// @param signature inputs and outputs of the model, where the file names them; later forms of the format do
/// @param producer version of TensorFlow's graph format, 0 where the file does not say
record TfjsFolder(
        Map<String, TfNode> nodes, Map<String, TfConstant> constants, Optional<JsonNode> signature, int producer) {
    private static final long MAX_JSON_BYTES = 64L << 20;
    private static final long MAX_WEIGHT_BYTES = 1L << 30;

    /// @throws ArtifactRejected if the folder holds no graph model, or one whose weights do not fit its manifest
    static TfjsFolder read(Path folder) throws IOException {
        JsonNode model = json(folder.resolve("model.json"));
        Map<String, TfNode> nodes = new LinkedHashMap<>();
        for (JsonNode node : model.path("modelTopology").path("node")) {
            TfNode parsed = parsed(node);
            nodes.put(parsed.name(), parsed);
        }
        if (nodes.isEmpty()) {
            throw new ArtifactRejected("model.json: no graph in it (expected: modelTopology with nodes)");
        }
        Map<String, TfConstant> constants = new LinkedHashMap<>();
        for (JsonNode group : model.path("weightsManifest")) {
            weights(folder, group, constants);
        }
        return new TfjsFolder(
                nodes,
                constants,
                Stream.of(
                                model.path("signature"),
                                model.path("modelTopology").path("signature"),
                                model.path("userDefinedMetadata").path("signature"))
                        .filter(signature -> signature.has("outputs"))
                        .findFirst(),
                model.path("modelTopology").path("versions").path("producer").asInt());
    }

    private static JsonNode json(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ArtifactRejected("model.json: missing (expected: a TensorFlow.js graph model folder)");
        }
        if (Files.size(file) > MAX_JSON_BYTES) {
            throw new ArtifactRejected(
                    "model.json: " + Files.size(file) + " bytes (expected: <= " + MAX_JSON_BYTES + ")");
        }
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new ArtifactRejected("model.json: no JSON (" + e.getOriginalMessage() + ")");
        }
    }

    /// @throws ArtifactRejected if there is none of that name
    TfNode node(String name) {
        TfNode node = nodes.get(name);
        if (node == null) {
            throw new ArtifactRejected("node \"" + name + "\": not in the graph");
        }
        return node;
    }

    private static TfNode parsed(JsonNode json) {
        String name = json.path("name").asText();
        List<TfNode.Port> inputs = new ArrayList<>();
        List<String> controls = new ArrayList<>();
        try {
            for (JsonNode input : json.path("input")) {
                if (input.asText().startsWith("^")) {
                    controls.add(input.asText().substring(1));
                } else {
                    inputs.add(TfNode.Port.parse(input.asText()));
                }
            }
        } catch (UnsupportedGraphException e) {
            throw new ArtifactRejected("node \"" + name + "\": " + e.getMessage());
        }
        return new TfNode(name, json.path("op").asText(), inputs, controls, json.path("attr"));
    }

    private static void weights(Path folder, JsonNode group, Map<String, TfConstant> constants) throws IOException {
        ByteBuffer bytes = shards(folder, group.path("paths"));
        long restored = 0;
        for (JsonNode weight : group.path("weights")) {
            String name = weight.path("name").asText();
            StoredWeight stored = StoredWeight.of(weight);
            List<Integer> extents = new ArrayList<>();
            long elements = 1;
            for (JsonNode extent : weight.path("shape")) {
                if (!extent.isIntegralNumber() || !extent.canConvertToInt() || extent.intValue() < 0) {
                    throw new ArtifactRejected(
                            "weight \"" + name + "\": extent " + extent + " (expected: a whole number >= 0)");
                }
                extents.add(extent.intValue());
                elements *= extent.intValue();
                // At each axis, so that the product stays far from overflow.
                requireHeld(name, elements, stored, bytes);
            }
            requireHeld(name, elements, stored, bytes);
            restored += elements * stored.type().bytes();
            if (restored > MAX_WEIGHT_BYTES) {
                throw new ArtifactRejected("weight \"" + name + "\": over " + MAX_WEIGHT_BYTES
                        + " bytes unpacked (expected: less in all)");
            }
            ByteBuffer data = bytes.slice(bytes.position(), (int) elements * stored.width());
            bytes.position(bytes.position() + data.remaining());
            constants.put(name, new TfConstant(stored.type(), extents, stored.restored(data)));
        }
    }

    private static void requireHeld(String name, long elements, StoredWeight stored, ByteBuffer bytes) {
        if (elements > bytes.remaining() / stored.width()) {
            throw new ArtifactRejected(
                    "weight \"" + name + "\": " + elements + " elements, more than the shard files hold");
        }
    }

    private static ByteBuffer shards(Path folder, JsonNode paths) throws IOException {
        List<Path> files = new ArrayList<>();
        long total = 0;
        for (JsonNode path : paths) {
            Path file = shard(folder, path.asText());
            if (!file.startsWith(folder.normalize()) || !Files.isRegularFile(file)) {
                throw new ArtifactRejected("shard \"" + path.asText() + "\": missing, or outside of the folder");
            }
            files.add(file);
            total += Files.size(file);
        }
        if (total > MAX_WEIGHT_BYTES) {
            throw new ArtifactRejected("weights: " + total + " bytes (expected: <= " + MAX_WEIGHT_BYTES + ")");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) total).order(ByteOrder.LITTLE_ENDIAN);
        for (Path file : files) {
            bytes.put(Files.readAllBytes(file));
        }
        return bytes.flip();
    }

    private static Path shard(Path folder, String name) {
        try {
            return folder.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new ArtifactRejected("shard: a name that is no path (expected: a file in the folder)");
        }
    }
}
