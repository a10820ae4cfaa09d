package dev.firstpass.registry.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What an ONNX file says of itself, without its weights.
///
/// Immutable.
///
/// @param signature inputs that a caller has to feed (initializers left out), outputs, and the file's metadata. An
///     axis without a fixed extent is dynamic; an output whose rank the file leaves open has an empty shape
/// @param opsets operator set domain (the standard one is the empty string) -> version
/// @param externalData locations of weights outside of the file as the file names them, sorted: plain files in its folder
///     or below
public record OnnxFile(ModelSignature signature, Map<String, Long> opsets, List<String> externalData) {
    public OnnxFile {
        opsets = Map.copyOf(opsets);
        externalData = List.copyOf(externalData);
    }

    /// Reads the declarations of a model file. Weights are skipped by seeking, so neither heap nor time grows with
    /// them: a 100 MB file takes some milliseconds. Safe on any bytes.
    ///
    /// @throws RegistryException.ArtifactRejected if the file is no ONNX model, is damaged, declares an input or output
    ///     that is no tensor of a supported element type, uses operators that come from elsewhere than ONNX, its engine
    ///     or the file itself, or refers to weights that are not whole in a file beside it
    /// @throws UncheckedIOException if the file cannot be read
    public static OnnxFile read(Path file) {
        if (Files.isDirectory(file)) {
            throw new RegistryException.ArtifactRejected("ONNX file: a folder (expected: a file)");
        }
        try {
            if (Files.size(file) > Integer.MAX_VALUE) {
                throw new RegistryException.ArtifactRejected(
                        "ONNX file: " + Files.size(file) + " bytes (expected: < 2 GiB, with larger weights outside)");
            }
            try (InputStream bytes = Files.newInputStream(file)) {
                return new OnnxScanner(bytes).scan(file);
            }
        } catch (InvalidProtocolBufferException e) {
            throw new RegistryException.ArtifactRejected("not an ONNX model, or a damaged one: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model file", e);
        }
    }
}
