package dev.firstpass.registry;

import dev.firstpass.postprocess.spec.ModelSpec;
import java.util.List;
import java.util.Map;

/// All that is declared of a model version. Its canonical form's SHA-256 is the version's identity, so nothing in it
/// ever
/// changes.
///
/// Immutable.
///
/// @param spec how to feed the model and how to read it
/// @param stageFiles stage name -> what runs it
/// @param files every file of the bundle, by relative path
public record Manifest(ModelSpec spec, Map<String, StageFile> stageFiles, List<BundleFile> files) {
    public Manifest {
        stageFiles = Map.copyOf(stageFiles);
        files = List.copyOf(files);
    }

    /// The engine and the model file (relative path) of one stage.
    public record StageFile(EngineKind engine, String file) {}

    /// @param path relative to the bundle, forward slashes
    /// @param sha256 64 hex digits
    public record BundleFile(String path, String sha256, long bytes) {}
}
