package dev.firstpass.registry;

import java.nio.file.Path;
import java.time.Instant;

/// One registered, immutable version of a model.
///
/// Immutable; `state` is a snapshot of the moment it was read.
///
/// @param digest identity: `sha256:` and the manifest's digest in 64 hex digits
/// @param directory where its files are, read-only to everybody
public record ModelVersion(
        ModelName name,
        long number,
        String digest,
        Manifest manifest,
        Path directory,
        State state,
        Instant registeredAt) {

    /// Whether a version may serve. A version begins as REGISTERED and is looked at before it becomes AVAILABLE.
    public enum State {
        REGISTERED,
        VALIDATING,
        AVAILABLE,
        FAILED,
        CORRUPT,
        RETIRED
    }

    /// Whose it is.
    public Tenant tenant() {
        return name.tenant();
    }

    /// `name@number`.
    public ModelRef.Numbered ref() {
        return new ModelRef.Numbered(name, number);
    }

    /// The engine and the model file of a stage.
    ///
    /// @throws IllegalArgumentException if there is no such stage
    public Manifest.StageFile stageFile(String stage) {
        Manifest.StageFile file = manifest.stageFiles().get(stage);
        if (file == null) {
            throw new IllegalArgumentException("stage: " + stage + " (expected: one of "
                    + manifest.stageFiles().keySet() + ")");
        }
        return file;
    }

    /// Where the model file of a stage is.
    public Path file(String stage) {
        return directory.resolve(stageFile(stage).file());
    }
}
