package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Where exporters leave word of one model: the metadata inside its file, and files beside it, which are looked for in
/// the model's folder and then in those around it, up to the bundle. A SavedModel's folder, and `assets` in it, count
/// as beside.
///
/// Files may be hostile: none is read beyond [ManifestReader#MOST_BYTES], and one that is not what its name says is
/// told as a problem, not as an error.
///
/// For one thread.
final class ExporterNotes {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(ManifestReader.CONSTRAINTS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final ElementType[] FRACTIONS = {
        ElementType.FLOAT16, ElementType.FLOAT32, ElementType.FLOAT64, ElementType.BFLOAT16
    };

    private final String stage;
    private final String model;
    private final ModelSignature signature;
    private final Path directory;
    private final Set<String> files;
    private final Map<String, String> problems = new LinkedHashMap<>();

    /// @param model path in the bundle of the model's file, or of a SavedModel's folder
    /// @param directory where `files` are
    ExporterNotes(String stage, String model, ModelSignature signature, Path directory, List<BundleFile> files) {
        this.stage = stage;
        this.model = model;
        this.signature = signature;
        this.directory = directory;
        this.files = files.stream().map(BundleFile::path).collect(Collectors.toUnmodifiableSet());
    }

    ManifestKey input(String name) {
        return ManifestKey.stage(stage, "input", name);
    }

    Map<String, String> metadata() {
        return signature.metadata();
    }

    /// A value of the metadata: JSON or a Python literal, or else the text itself; empty where there is none, and where
    /// what begins like a list or a mapping is neither.
    Optional<JsonNode> metadataValue(String key) {
        return Optional.ofNullable(metadata().get(key)).map(String::strip).flatMap(text -> {
            boolean isNested = text.matches("(?s)[\\[{(].*");
            try {
                return Optional.of(JSON.readTree(text)).filter(node -> !node.isMissingNode());
            } catch (JsonProcessingException _) {
                return isNested ? literal(text) : Optional.of(TextNode.valueOf(text));
            }
        });
    }

    private static Optional<JsonNode> literal(String text) {
        try {
            return Optional.of(PythonLiteral.read(text));
        } catch (PythonLiteral.SyntaxException _) {
            return Optional.empty();
        }
    }

    /// Files that could not be read -> why, so far.
    Map<String, String> problems() {
        return Map.copyOf(problems);
    }

    /// Whether the only input holds numbers with fractions, so that scaling means something.
    boolean takesFractions() {
        return signature.rowInputs().size() == 1
                && List.of(FRACTIONS).contains(signature.rowInputs().getFirst().type());
    }

    /// Width and height at which the model's only input is fixed, [Shape#DYNAMIC] each where it is not.
    long[] fixedSize() {
        Shape shape = signature.rowInputs().stream()
                .map(TensorInfo::shape)
                .findFirst()
                .orElse(Shape.of());
        if (signature.rowInputs().size() != 1 || shape.rank() != 4) {
            return new long[] {Shape.DYNAMIC, Shape.DYNAMIC};
        }
        boolean isLast = shape.extent(3) == 1 || shape.extent(3) == 3;
        boolean isFirst = shape.extent(1) == 1 || shape.extent(1) == 3;
        return isLast && !isFirst
                ? new long[] {shape.extent(2), shape.extent(1)}
                : new long[] {shape.extent(3), shape.extent(2)};
    }

    /// The path in the bundle of the nearest file of that name.
    Optional<String> beside(String name) {
        for (String folder = model; ; folder = folder.substring(0, Math.max(0, folder.lastIndexOf('/')))) {
            String here = folder.equals(".") ? "" : folder;
            for (String path : List.of(here + "/" + name, here + "/assets/" + name)) {
                String relative = path.startsWith("/") ? path.substring(1) : path;
                if (files.contains(relative)) {
                    return Optional.of(relative);
                }
            }
            if (here.isEmpty()) {
                return Optional.empty();
            }
        }
    }

    /// The nearest file of that name as JSON; empty where there is none that is a mapping.
    Optional<JsonNode> json(String name) {
        return beside(name).flatMap(path -> {
            try {
                return mapping(path, JSON.readTree(text(path)));
            } catch (JsonProcessingException | ManifestInvalid _) {
                return problem(path, "no JSON");
            }
        });
    }

    /// The nearest file of that name as YAML, read as narrowly as a manifest; empty where there is none that is
    /// a mapping.
    Optional<JsonNode> yaml(String name) {
        return beside(name).flatMap(path -> {
            try {
                return mapping(path, ManifestReader.tree(text(path)));
            } catch (ManifestInvalid _) {
                return problem(path, "no plain YAML");
            }
        });
    }

    /// The nearest file of that name, line by line without blanks around, and without empty lines at the end.
    Optional<List<String>> lines(String name) {
        return beside(name).flatMap(path -> {
            try {
                return Optional.of(
                        text(path).stripTrailing().lines().map(String::strip).toList());
            } catch (ManifestInvalid _) {
                return problem(path, "no text");
            }
        });
    }

    private Optional<JsonNode> mapping(String path, JsonNode tree) {
        return tree.isObject() ? Optional.of(tree) : problem(path, "no mapping");
    }

    private <T> Optional<T> problem(String path, String what) {
        problems.put(path, what);
        return Optional.empty();
    }

    private String text(String path) {
        try (InputStream in = Files.newInputStream(directory.resolve(path))) {
            String text = ManifestReader.text(in.readNBytes(ManifestReader.MOST_BYTES + 1), path);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
