package dev.firstpass.postprocess.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/// One folder of `families/`: what a real model declares and gives, and what its own library makes of it. See
/// postprocess/src/test/exports/README.md.
///
/// @param family the folder's parent
record GoldenCase(String family, String name, ModelSignature signature, FakeOutputs outputs, JsonNode answer) {
    private static final JsonMapper JSON = new JsonMapper();

    /// All, by family and name.
    static List<GoldenCase> all() {
        try {
            Path root = Path.of(GoldenCase.class.getResource("/families").toURI());
            try (Stream<Path> folders = Files.walk(root, 2)) {
                return folders.filter(folder -> Files.exists(folder.resolve("answer.json")))
                        .sorted()
                        .map(GoldenCase::read)
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GoldenCase read(Path folder) {
        try {
            Path family = Objects.requireNonNull(folder.getParent());
            ModelSignature signature =
                    signature(JSON.readTree(folder.resolve("signature.json").toFile()));
            FakeOutputs outputs = new FakeOutputs();
            for (TensorInfo output : signature.outputs()) {
                // Outputs that the family does not read are left out of a case where they are large.
                Path file = folder.resolve("outputs").resolve(output.name() + ".npy");
                if (Files.exists(file)) {
                    outputs.with(NpyFile.read(file, output.name()));
                }
            }
            return new GoldenCase(
                    family.getFileName().toString(),
                    folder.getFileName().toString(),
                    signature,
                    outputs,
                    JSON.readTree(folder.resolve("answer.json").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What a file declares, as `golden.py` writes it.
    static ModelSignature signature(JsonNode declared) {
        Map<String, String> metadata = new TreeMap<>();
        declared.path("metadata")
                .properties()
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
        return new ModelSignature(infos(declared.path("inputs")), infos(declared.path("outputs")), metadata);
    }

    private static List<TensorInfo> infos(JsonNode declared) {
        List<TensorInfo> infos = new ArrayList<>();
        for (JsonNode one : declared) {
            infos.add(new TensorInfo(
                    one.path("name").asText(),
                    ElementType.valueOf(one.path("type").asText().toUpperCase(Locale.ROOT)),
                    Shape.of(one.path("shape")
                            .valueStream()
                            .mapToLong(JsonNode::asLong)
                            .toArray())));
        }
        return infos;
    }

    ImageTransform transform() {
        JsonNode said = answer.path("transform");
        return ImageTransform.scaling(
                size("asset"),
                size("input"),
                said.path("scaleX").asDouble(),
                said.path("scaleY").asDouble(),
                said.path("offsetX").asDouble(),
                said.path("offsetY").asDouble());
    }

    ImageSize size(String key) {
        return new ImageSize(
                answer.path(key).path(0).asInt(), answer.path(key).path(1).asInt());
    }

    @Override
    public String toString() {
        return family + "/" + name;
    }
}
