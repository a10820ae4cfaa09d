package dev.firstpass.registry;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model file that says of itself what a test wants, in lines of text: `input NAME TYPE EXTENTS`, `output ...`,
/// `meta KEY VALUE`. [#reader] reads it, in the place of a real engine's reader.
public final class FakeModel {
    /// What the fake family recognises: boxes of the classes crop and weed.
    public static final String DETECTOR = """
            input images FLOAT32 -1,3,640,480
            output boxes FLOAT32 -1,100,6
            meta names crop,weed
            """;

    private FakeModel() {}

    public static SignatureReader reader() {
        return (engine, file) -> {
            if (engine != EngineKind.ONNX) {
                throw new ArtifactRejected("engine: " + engine.id() + " (expected: onnx)");
            }
            return parse(file);
        };
    }

    /// @return `path`, with a model of that text in it
    public static Path write(Path path, String text) {
        try {
            Files.createDirectories(path.getParent());
            return Files.writeString(path, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A detector whose bytes, and so whose digest, differ by `seed`.
    public static Path write(Path path, int seed) {
        return write(path, DETECTOR + "meta seed " + seed + "\n");
    }

    private static ModelSignature parse(Path file) {
        List<TensorInfo> inputs = new ArrayList<>();
        List<TensorInfo> outputs = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "input" -> inputs.add(tensor(words));
                    case "output" -> outputs.add(tensor(words));
                    case "meta" -> metadata.put(words[1], words[2]);
                    default -> throw new ArtifactRejected("no model");
                }
            }
        } catch (IOException e) {
            throw new ArtifactRejected("no model");
        }
        return new ModelSignature(inputs, outputs, metadata);
    }

    private static TensorInfo tensor(String[] words) {
        String[] extents = words[3].split(",", -1);
        long[] shape = new long[extents.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = Long.parseLong(extents[i]);
        }
        return new TensorInfo(words[1], ElementType.valueOf(words[2]), Shape.of(shape));
    }
}
