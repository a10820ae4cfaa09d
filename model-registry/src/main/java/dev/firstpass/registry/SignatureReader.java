package dev.firstpass.registry;

import dev.firstpass.postprocess.tensor.ModelSignature;
import java.nio.file.Path;

/// Reads what a model file says of itself, without running it.
///
/// Implementations are thread-safe.
@FunctionalInterface
public interface SignatureReader {
    /// Reads only as much of `file` as names, types, shapes and metadata need. The file may be hostile.
    ///
    /// @param file a model file, or the directory of a SavedModel
    /// @throws RegistryException.ArtifactRejected if the file is no model of that engine
    ModelSignature read(EngineKind engine, Path file);
}
