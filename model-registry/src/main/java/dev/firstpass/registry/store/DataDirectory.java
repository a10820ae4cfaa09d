package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.DataUnusable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// The files of a registry, owned by one process at a time:
///
/// ```
/// lock                          held while open
/// registry.db                   metadata
/// staging/UUID/                 registrations under way; emptied at start
/// staging/uploads/              bundles that come in pieces; emptied as well
/// artifacts/HEX/manifest.json   canonical manifest, whose SHA-256 is HEX
/// artifacts/HEX/files/...       the bundle's files, read-only
/// ```
///
/// Thread-safe. Who opens it closes it, or hands it to a [ModelRegistry].
public final class DataDirectory implements AutoCloseable {
    /// The directories that this process has open. The lock is a POSIX one: it is the process's, and closing any
    /// channel to the file gives it up. So a second attempt from this process must be refused before it opens the
    /// file.
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path root;
    private final FileChannel lock;

    private DataDirectory(Path root, FileChannel lock) {
        this.root = root;
        this.lock = lock;
    }

    /// Creates what is missing, takes the lock and empties the staging area.
    ///
    /// @throws DataUnusable if it cannot be written, or another process has it
    public static DataDirectory open(Path root) {
        Path real;
        try {
            real = Files.createDirectories(root).toRealPath();
        } catch (IOException e) {
            throw StorageFailures.of(e, existing(root));
        }
        if (!OPEN.add(real)) {
            throw new DataUnusable("the data directory is in use", new IllegalStateException("open here: " + real));
        }
        try {
            return lockAndPrepare(real);
        } catch (IOException e) {
            OPEN.remove(real);
            throw StorageFailures.of(e, real);
        } catch (RuntimeException e) {
            OPEN.remove(real);
            throw e;
        }
    }

    @SuppressWarnings("try") // the lock is held as long as its channel is open
    private static DataDirectory lockAndPrepare(Path root) throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new DataUnusable(
                        "the data directory is in use by another process",
                        new IllegalStateException("locked: " + root));
            }
            DataDirectory directory = new DataDirectory(root, channel);
            Files.createDirectories(directory.staging());
            Files.createDirectories(directory.artifacts());
            directory.deleteAll(directory.staging(), _ -> true);
            return directory;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// The nearest directory above that exists, to ask for its space.
    private static Path existing(Path path) {
        Path at = path.toAbsolutePath();
        while (!Files.isDirectory(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    /// Its real path, without links.
    public Path root() {
        return root;
    }

    Path database() {
        return root.resolve("registry.db");
    }

    Path staging() {
        return root.resolve("staging");
    }

    Path uploads() {
        return staging().resolve("uploads");
    }

    Path artifacts() {
        return root.resolve("artifacts");
    }

    /// Where the files of the version with this digest are.
    Path files(String digest) {
        return artifact(digest).resolve("files");
    }

    Path artifact(String digest) {
        return artifacts().resolve(digest.substring(digest.indexOf(':') + 1));
    }

    /// A fresh staging directory with an empty `files` in it. The caller deletes it.
    Path newStaging() throws IOException {
        Path staged = staging().resolve(UUID.randomUUID().toString());
        Files.createDirectories(staged.resolve("files"));
        return staged;
    }

    /// Deletes the artifacts that no version has: left by a crash between their move into place and the commit.
    ///
    /// @param isKnown tells by digest
    /// @return how many were deleted
    int deleteOrphans(Predicate<String> isKnown) throws IOException {
        return deleteAll(artifacts(), artifact -> !isKnown.test("sha256:" + artifact.getFileName()));
    }

    private int deleteAll(Path directory, Predicate<Path> which) throws IOException {
        List<Path> doomed = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                if (which.test(child)) {
                    doomed.add(child);
                }
            }
        }
        for (Path path : doomed) {
            Durable.deleteTree(path);
        }
        return doomed.size();
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            OPEN.remove(root);
        }
    }
}
