package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.store.DatabaseFile.Contents;
import dev.firstpass.registry.store.DatabaseFile.Row;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes one copy of a registry that may be in use: [Backup#write].
///
/// For one thread.
final class BackupWriter {
    /// How often the database is copied anew because files went away or changed while they were copied.
    private static final int MOST_PASSES = 5;

    private final Original original;
    private final List<Path> beside;
    private final Path target;
    private final InstantSource clock;
    private final Backup.Progress progress;

    /// Content that is whole in the copy -> its bytes.
    private final Map<String, Long> copied = new HashMap<>();

    /// @param original stays open
    /// @param beside other SQLite databases, which go with it where they are there
    BackupWriter(Original original, List<Path> beside, Path target, InstantSource clock, Backup.Progress progress) {
        this.original = original;
        this.beside = beside;
        this.target = target.toAbsolutePath().normalize();
        this.clock = clock;
        this.progress = progress;
    }

    Backup.Report write() {
        try {
            prepare();
        } catch (IOException e) {
            throw StorageFailures.of(e, existing(target));
        }
        try {
            return writeWhole();
        } catch (IOException e) {
            clear();
            throw StorageFailures.of(e, target);
        } catch (RuntimeException | Error e) {
            clear();
            throw e;
        }
    }

    private void prepare() throws IOException {
        if (original.holds(target)) {
            throw Backup.unusable("the backup would be inside of the data directory (expected: another place)");
        }
        Files.createDirectories(target);
        try (DirectoryStream<Path> children = Files.newDirectoryStream(target)) {
            if (children.iterator().hasNext()) {
                throw Backup.unusable("the folder for the backup is not empty (expected: a fresh one)");
            }
        }
    }

    private Backup.Report writeWhole() throws IOException {
        Map<String, String> damaged = new LinkedHashMap<>();
        Contents contents = pass(damaged);
        // What was deleted or replaced meanwhile is not named any more, or is whole, in the next state of the database.
        for (int passes = 1; !damaged.isEmpty() && passes < MOST_PASSES; passes++) {
            damaged.clear();
            contents = pass(damaged);
        }
        keepOnly(contents);
        Map<String, String> others = copyBeside();
        syncFolders();
        Path database = target.resolve(DatabaseFile.NAME);
        List<String> left = contents.rows().stream()
                .map(Row::digest)
                .filter(digest -> !copied.containsKey(digest))
                .distinct()
                .toList();
        new BackupMarker(contents.schema(), Sha256.of(database), others, left).write(target, clock.instant());
        return new Backup.Report(
                contents.schema(),
                contents.rows().size(),
                copied.size(),
                copied.values().stream().mapToLong(Long::longValue).sum(),
                contents.head().id(),
                contents.head().hash(),
                damaged.values().stream().toList());
    }

    /// Copies the database and then what is still missing of the files that it names.
    ///
    /// @param damaged gets version -> what is wrong with it
    private Contents pass(Map<String, String> damaged) throws IOException {
        Path database = target.resolve(DatabaseFile.NAME);
        Files.deleteIfExists(database);
        original.copyDatabase(target);
        Durable.syncFile(database);
        Contents contents = DatabaseFile.read(database);
        Map<String, String> problems = new HashMap<>();
        Counter counter = new Counter(contents);
        for (Row row : contents.rows()) {
            if (!copied.containsKey(row.digest()) && !problems.containsKey(row.digest())) {
                copy(row, counter).ifPresent(problem -> problems.put(row.digest(), problem));
            }
            if (problems.containsKey(row.digest())) {
                damaged.put(row.ref(), row.ref() + ": " + problems.get(row.digest()));
            }
        }
        return contents;
    }

    private Map<String, String> copyBeside() throws IOException {
        Map<String, String> copies = new HashMap<>();
        for (Path database : beside.stream().filter(Files::isRegularFile).toList()) {
            String name = database.getFileName().toString();
            Path to = target.resolve(name);
            DatabaseFile.copy(database, to);
            Durable.syncFile(to);
            copies.put(name, Sha256.of(to));
        }
        return copies;
    }

    private Optional<String> copy(Row row, Counter counter) throws IOException {
        Optional<Manifest> manifest = row.parsed();
        if (manifest.isEmpty()) {
            return Optional.of("its manifest is not what was registered");
        }
        Path artifact = artifact(target, row.digest());
        Durable.deleteTree(artifact);
        Files.createDirectories(artifact.resolve("files"));
        Durable.write(artifact.resolve("manifest.json"), row.manifest());
        Optional<String> problem =
                original.copyFiles(row.digest(), manifest.get(), artifact.resolve("files"), counter::add);
        if (problem.isPresent()) {
            Durable.deleteTree(artifact);
        } else {
            copied.put(row.digest(), bytes(manifest.get()));
        }
        return problem;
    }

    /// The nearest folder above that is there, to ask for its space.
    private static Path existing(Path path) {
        Path at = path;
        while (!Files.isDirectory(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    private static Path artifact(Path root, String digest) {
        return root.resolve("artifacts").resolve(digest.substring(digest.indexOf(':') + 1));
    }

    private static long bytes(Manifest manifest) {
        return manifest.files().stream().mapToLong(BundleFile::bytes).sum();
    }

    /// Deletes what an earlier state of the database named and the last one does not.
    private void keepOnly(Contents contents) throws IOException {
        List<String> gone = new ArrayList<>(copied.keySet());
        contents.rows().forEach(row -> gone.remove(row.digest()));
        for (String digest : gone) {
            Durable.deleteTree(artifact(target, digest));
            copied.remove(digest);
        }
    }

    private void syncFolders() throws IOException {
        try (var tree = Files.walk(target)) {
            for (Path folder : tree.filter(Files::isDirectory).toList()) {
                Durable.syncDirectory(folder);
            }
        }
        Durable.syncDirectory(Optional.ofNullable(target.getParent()).orElse(target));
    }

    private void clear() {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(target)) {
            for (Path child : children) {
                Durable.deleteTree(child);
            }
        } catch (IOException _) {
            // Without its marker, what is left counts as nothing.
        }
    }

    /// Bytes copied so far, of all that the database names. For one thread.
    private final class Counter {
        private final long total;
        private long done;

        Counter(Contents contents) {
            Map<String, Long> sizes = new HashMap<>();
            contents.rows()
                    .forEach(row -> sizes.computeIfAbsent(
                            row.digest(),
                            _ -> row.parsed().map(BackupWriter::bytes).orElse(0L)));
            this.total = sizes.values().stream().mapToLong(Long::longValue).sum();
            this.done = copied.values().stream().mapToLong(Long::longValue).sum();
            progress.copied(Math.min(done, total), total);
        }

        void add(long bytes) {
            done += bytes;
            progress.copied(Math.min(done, total), total);
        }
    }
}
