package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelVersion;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A directory per artifact, named after the digest: `HEX/manifest.json` and `HEX/files/...`, all read-only.
///
/// Thread-safe as [ArtifactStore] says.
final class FolderArtifacts implements ArtifactStore {
    private static final String ALGORITHM = "sha256:";

    private final Path root;

    /// @param root exists; on the file system that artifacts are staged on
    FolderArtifacts(Path root) {
        this.root = root;
    }

    /// The part of a digest after its algorithm.
    static String hex(String digest) {
        return digest.substring(digest.indexOf(':') + 1);
    }

    static String digest(String hex) {
        return ALGORITHM + hex;
    }

    @Override
    public Path files(String digest) {
        return artifact(digest).resolve("files");
    }

    /// There is no other place.
    @Override
    public boolean isHere(String digest) {
        return true;
    }

    private Path artifact(String digest) {
        return root.resolve(hex(digest));
    }

    /// Whether an artifact is there. It was whole when it came.
    boolean holds(String digest) {
        return Files.isDirectory(files(digest));
    }

    @Override
    public void store(Path staged, String digest, boolean isTrusted) throws IOException {
        if (!isTrusted || !holds(digest)) {
            delete(digest);
            Durable.publish(staged, root, hex(digest));
        }
    }

    @Override
    public Optional<String> misplaced(ModelVersion version) {
        return StoredFiles.misplaced(version);
    }

    @Override
    public Optional<String> check(ModelVersion version) throws IOException {
        return StoredFiles.damaged(version);
    }

    @Override
    public Set<String> digests() throws IOException {
        Set<String> digests = new TreeSet<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(root)) {
            children.forEach(child -> digests.add(digest(child.getFileName().toString())));
        }
        return digests;
    }

    @Override
    public void delete(String digest) throws IOException {
        Durable.deleteTree(artifact(digest));
    }

    @Override
    public void close() {}
}
