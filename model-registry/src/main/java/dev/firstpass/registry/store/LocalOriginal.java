package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A registry in a data directory, beside the server that may have it open.
///
/// For one thread.
final class LocalOriginal implements Original {
    private final Path data;
    private final FolderArtifacts artifacts;

    private LocalOriginal(Path data) {
        this.data = data;
        this.artifacts = new FolderArtifacts(data.resolve("artifacts"));
    }

    static LocalOriginal open(Path data) {
        if (!Files.isRegularFile(data.resolve(DatabaseFile.NAME))) {
            throw Backup.unusable("there is no " + DatabaseFile.NAME
                    + " to copy (expected: a data directory with a registry, or the registry.database and"
                    + " registry.bucket of one that is shared)");
        }
        return new LocalOriginal(data);
    }

    @Override
    public boolean holds(Path place) {
        return place.startsWith(data);
    }

    @Override
    public void copyDatabase(Path to) {
        DatabaseFile.copy(data.resolve(DatabaseFile.NAME), to.resolve(DatabaseFile.NAME));
    }

    @Override
    public Optional<String> copyFiles(String digest, Manifest manifest, Path to, LongConsumer copied)
            throws IOException {
        return CopiedArtifact.copy(manifest, artifacts.files(digest), to, copied);
    }

    @Override
    public void close() {}
}
