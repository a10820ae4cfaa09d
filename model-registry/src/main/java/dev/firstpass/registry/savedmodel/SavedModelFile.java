package dev.firstpass.registry.savedmodel;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a TensorFlow SavedModel says of itself, without its weights: of the graph tagged `serve`, the signature that
/// is served, and every operation.
///
/// Immutable.
///
/// @param signatureKey which signature is served: `serving_default`, or else the only one
/// @param inputs what is fed, by name
/// @param outputs what is fetched, by name
/// @param operations every operation of the graph and of its function library, reachable or not
public record SavedModelFile(
        String signatureKey, List<Endpoint> inputs, List<Endpoint> outputs, SortedSet<String> operations) {
    /// Key of [#signatureKey] in the metadata of [#signature].
    public static final String SIGNATURE = "tensorflow.signature";

    /// The file that makes a directory a SavedModel.
    public static final String FILE_NAME = "saved_model.pb";

    /// What TensorFlow may read a graph from instead: what is checked must be what is loaded.
    private static final List<String> OTHER_FORMS = List.of("saved_model.pbtxt", "saved_model.cpb");

    public SavedModelFile {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        operations = Collections.unmodifiableSortedSet(new TreeSet<>(operations));
    }

    /// A name of the signature and the tensor behind it.
    ///
    /// @param info under the signature's name; an axis without a fixed extent is dynamic, and an unknown rank is an
    ///     empty shape
    /// @param tensor in the graph, as `node:output`
    public record Endpoint(TensorInfo info, String tensor) {}

    /// Names, types and shapes in the order of their names, since the format keeps none.
    public ModelSignature signature() {
        return new ModelSignature(
                inputs.stream().map(Endpoint::info).toList(),
                outputs.stream().map(Endpoint::info).toList(),
                Map.of(SIGNATURE, signatureKey));
    }

    /// Reads the declarations of the SavedModel in `directory`. Weights in the graph are skipped by seeking, and
    /// variables are not touched. Safe on any bytes.
    ///
    /// @param policy which operations it may hold
    /// @throws ArtifactRejected if it is no SavedModel, is damaged, has no graph to serve, a signature that is no set
    ///     of tensors of supported element types, or an operation that the policy refuses
    /// @throws UncheckedIOException if the file cannot be read
    public static SavedModelFile read(Path directory, OperationPolicy policy) {
        Path file = directory.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            throw new ArtifactRejected("no SavedModel: " + FILE_NAME + " is missing");
        }
        for (String other : OTHER_FORMS) {
            if (Files.exists(directory.resolve(other), LinkOption.NOFOLLOW_LINKS)) {
                throw new ArtifactRejected(other + ": beside " + FILE_NAME + " (expected: the graph in one form)");
            }
        }
        try {
            if (Files.size(file) > Integer.MAX_VALUE) {
                throw new ArtifactRejected(FILE_NAME + ": " + Files.size(file)
                        + " bytes (expected: < 2 GiB, with larger weights in variables)");
            }
            try (InputStream bytes = Files.newInputStream(file)) {
                return new SavedModelScanner(bytes).scan(policy);
            }
        } catch (InvalidProtocolBufferException e) {
            throw new ArtifactRejected("not a SavedModel, or a damaged one: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model file", e);
        }
    }
}
