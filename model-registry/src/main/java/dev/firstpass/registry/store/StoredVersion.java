package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.manifest.ManifestReader;
import dev.firstpass.registry.manifest.ManifestWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// A version's files in a data directory that another process may own: artifacts never change, so that they can be read
/// beside it.
///
/// Pure functions, but for the files.
public final class StoredVersion {
    private StoredVersion() {}

    /// Reads the manifest of a version and finds its files. They are not held against it.
    ///
    /// @param data directory of the registry
    /// @param digest of the version
    /// @return with state AVAILABLE and no time of registration, neither of which is among the files; empty where the
    ///     directory does not have them, or has others
    public static Optional<ModelVersion> find(Path data, ModelRef.Numbered ref, String digest) {
        Path artifact = data.resolve("artifacts").resolve(FolderArtifacts.hex(digest));
        Path file = artifact.resolve("manifest.json");
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            byte[] canonical = Files.readAllBytes(file);
            if (!ManifestWriter.digest(canonical).equals(digest)) {
                return Optional.empty();
            }
            Manifest manifest = ManifestReader.readCanonical(canonical);
            return Optional.of(new ModelVersion(
                    ref.name(),
                    ref.number(),
                    digest,
                    manifest,
                    artifact.resolve("files"),
                    ModelVersion.State.AVAILABLE,
                    Instant.EPOCH));
        } catch (IOException e) {
            throw new UncheckedIOException("the manifest of " + ref + " cannot be read", e);
        }
    }
}
