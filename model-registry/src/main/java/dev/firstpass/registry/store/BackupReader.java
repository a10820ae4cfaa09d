package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.store.DatabaseFile.Contents;
import dev.firstpass.registry.store.DatabaseFile.Row;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Makes a registry of one copy: [Backup#restore]. The copy is not trusted: nothing of it is taken without its
/// hash.
///
/// For one thread.
final class BackupReader {
    /// What a restoration that was cut off leaves, and nothing else may be there.
    private static final Set<String> LEFT_OVER = Set.of("lock", "staging", "artifacts", "shared");

    private final Path source;
    private final Path root;
    private final Storage storage;
    private final Backup.Progress progress;
    private long done;

    BackupReader(Path source, Path root, Storage storage, Backup.Progress progress) {
        this.source = source.toAbsolutePath().normalize();
        this.root = root.toAbsolutePath().normalize();
        this.storage = storage;
        this.progress = progress;
    }

    Backup.Report restore() {
        try {
            BackupMarker marker = BackupMarker.read(source);
            requireEmpty(marker);
            try (DataDirectory data = DataDirectory.open(root)) {
                data.bind(storage);
                try (Destination destination = Destination.open(data, storage)) {
                    return restore(marker, data, destination);
                }
            }
        } catch (IOException e) {
            throw StorageFailures.of(e, Files.isDirectory(root) ? root : source);
        }
    }

    private void requireEmpty(BackupMarker marker) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(root)) {
            for (Path child : children) {
                String name = child.getFileName().toString();
                if (!LEFT_OVER.contains(name) && !marker.beside().containsKey(name)) {
                    throw Backup.unusable("the data directory is not empty (expected: an empty one to restore into)");
                }
            }
        }
    }

    private Backup.Report restore(BackupMarker marker, DataDirectory data, Destination destination) throws IOException {
        Path staged = data.newStaging();
        try {
            Path database = staged.resolve(DatabaseFile.NAME);
            copyDatabase(DatabaseFile.NAME, marker.databaseSha256(), database);
            Contents contents = DatabaseFile.read(database);
            if (contents.schema() != marker.schema()) {
                throw damaged("its database has schema " + contents.schema() + ", not " + marker.schema());
            }
            Map<String, Row> wanted = new LinkedHashMap<>();
            List<String> left = new ArrayList<>();
            for (Row row : contents.rows()) {
                if (marker.left().contains(row.digest())) {
                    left.add(row.ref() + ": was damaged when it was copied");
                } else {
                    wanted.putIfAbsent(row.digest(), row);
                }
            }
            long bytes = copyArtifacts(wanted, data, destination);
            for (Map.Entry<String, String> other : marker.beside().entrySet()) {
                Path copied = staged.resolve(other.getKey());
                copyDatabase(other.getKey(), other.getValue(), copied);
                Files.move(copied, root.resolve(other.getKey()), StandardCopyOption.REPLACE_EXISTING);
            }
            Durable.syncDirectory(root);
            // From here on it counts.
            destination.put(staged);
            return new Backup.Report(
                    contents.schema(),
                    contents.rows().size(),
                    wanted.size(),
                    bytes,
                    contents.head().id(),
                    contents.head().hash(),
                    left);
        } finally {
            Durable.deleteTree(staged);
        }
    }

    private void copyDatabase(String name, String expected, Path to) throws IOException {
        try {
            String sha256 = CopiedArtifact.copy(source.resolve(name), to, Long.MAX_VALUE - 1, _ -> {});
            if (!sha256.equals(expected)) {
                throw damaged("its " + name + " is not the one that was copied");
            }
        } catch (NoSuchFileException _) {
            throw damaged("its " + name + " is missing");
        }
    }

    private long copyArtifacts(Map<String, Row> wanted, DataDirectory data, Destination destination)
            throws IOException {
        Map<Row, Manifest> manifests = new LinkedHashMap<>();
        for (Row row : wanted.values()) {
            manifests.put(
                    row,
                    row.parsed()
                            .orElseThrow(
                                    () -> damaged("the manifest of " + row.ref() + " is not what its digest says")));
        }
        long total = manifests.values().stream()
                .flatMap(manifest -> manifest.files().stream())
                .mapToLong(BundleFile::bytes)
                .sum();
        progress.copied(0, total);
        for (Map.Entry<Row, Manifest> entry : manifests.entrySet()) {
            copyArtifact(entry.getKey(), entry.getValue(), data, destination, total);
        }
        return total;
    }

    private void copyArtifact(Row row, Manifest manifest, DataDirectory data, Destination destination, long total)
            throws IOException {
        Path staged = data.newStaging();
        try {
            Path from = new FolderArtifacts(source.resolve("artifacts")).files(row.digest());
            Optional<String> problem = CopiedArtifact.copy(manifest, from, staged.resolve("files"), bytes -> {
                done += bytes;
                progress.copied(Math.min(done, total), total);
            });
            if (problem.isPresent()) {
                throw damaged(row.ref() + ": " + problem.get());
            }
            Durable.write(staged.resolve("manifest.json"), row.manifest());
            destination.artifacts().store(staged, row.digest(), false);
        } finally {
            Durable.deleteTree(staged);
        }
    }

    private static RuntimeException damaged(String what) {
        return Backup.unusable("the backup is damaged: " + what);
    }
}
