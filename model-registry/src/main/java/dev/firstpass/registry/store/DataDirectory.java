package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The files of a registry, owned by one process at a time:
///
/// ```
/// lock                          held while open
/// registry.db                   metadata, unless they are in a database elsewhere
/// audit.head                    where the audit ended at the last change
/// shared                        is there if they are, and identifies this directory
/// staging/UUID/                 registrations under way; emptied at start
/// staging/uploads/              bundles that come in pieces; emptied as well
/// artifacts/HEX/manifest.json   canonical manifest, whose SHA-256 is HEX
/// artifacts/HEX/files/...       the bundle's files, read-only; with a shared registry copies
/// ```
///
/// Thread-safe. Who opens it closes it, or hands it to a [ModelRegistry].
public final class DataDirectory implements AutoCloseable {
    /// The directories that this process has open. The lock is a POSIX one: it is the process's, and closing any
    /// channel to the file gives it up. So a second attempt from this process must be refused before it opens the
    /// file.
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    /// How long another process is waited for. A command without a server has a directory for about a second, and that
    /// is no reason for a server not to start.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Path root;
    private final FileChannel lock;

    private DataDirectory(Path root, FileChannel lock) {
        this.root = root;
        this.lock = lock;
    }

    /// Creates what is missing, takes the lock and empties the staging area. Blocks for some seconds while another process
    /// has it, unless the thread is interrupted.
    ///
    /// @throws DataUnusable if it cannot be written, or another process keeps it
    public static DataDirectory open(Path root) {
        Path real;
        try {
            Durable.createDirectories(root);
            real = root.toRealPath();
            settleName(real);
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

    /// An earlier start may have ended between making the directory and syncing the one that it is in, which may be none that
    /// this user can read.
    private static void settleName(Path root) throws IOException {
        Path parent = root.getParent();
        if (parent != null && Files.isReadable(parent)) {
            Durable.syncDirectory(parent);
        }
    }

    @SuppressWarnings("try") // the lock is held as long as its channel is open
    private static DataDirectory lockAndPrepare(Path root) throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!waitFor(channel)) {
                throw new DataUnusable(
                        "the data directory is in use by another process (a server in a container is asked from inside of it, or by --server)",
                        new IllegalStateException("locked: " + root));
            }
            DataDirectory directory = new DataDirectory(root, channel);
            Files.createDirectories(directory.staging());
            Files.createDirectories(directory.artifacts());
            Durable.syncDirectory(root);
            deleteAll(directory.staging());
            return directory;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Whether the lock was got.
    private static boolean waitFor(FileChannel channel) throws IOException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (channel.tryLock() == null) {
                if (System.nanoTime() - until > 0) {
                    return false;
                }
                Thread.sleep(PAUSE);
            }
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
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

    /// A fresh staging directory with an empty `files` in it. The caller deletes it.
    Path newStaging() throws IOException {
        Path staged = staging().resolve(UUID.randomUUID().toString());
        Files.createDirectories(staged.resolve("files"));
        return staged;
    }

    private static void deleteAll(Path directory) throws IOException {
        List<Path> doomed = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            children.forEach(doomed::add);
        }
        for (Path path : doomed) {
            Durable.deleteTree(path);
        }
    }

    /// Binds this directory to where its registry is kept, so that it is not taken for another one's afterwards.
    ///
    /// @throws DataUnusable if it is bound to another kind of place
    void bind(Storage storage) {
        Path mark = root.resolve("shared");
        boolean isShared = Files.exists(mark);
        switch (storage) {
            case Storage.Local _ -> {
                if (isShared) {
                    throw new DataUnusable(
                            "the data directory is a server's whose registry is shared (expected: the same"
                                    + " registry.database and registry.bucket)",
                            new IllegalStateException("marked: " + mark));
                }
            }
            case Storage.Shared _ -> {
                if (Files.exists(database())) {
                    throw new DataUnusable(
                            "the data directory holds a registry of its own (expected: another directory, for a shared"
                                    + " registry)",
                            new IllegalStateException("there: " + database()));
                }
                if (!isShared) {
                    mark(mark);
                }
            }
        }
    }

    /// What a server with this directory is told apart from others by, if it was bound to a shared registry.
    String server() {
        try {
            return UUID.fromString(Files.readString(root.resolve("shared")).strip())
                    .toString();
        } catch (IOException e) {
            throw StorageFailures.of(e, root);
        } catch (IllegalArgumentException e) {
            throw new DataUnusable("the data directory is damaged: shared holds no identifier", e);
        }
    }

    private void mark(Path mark) {
        try {
            Path written = staging().resolve("shared");
            Durable.write(written, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
            Files.move(written, mark, StandardCopyOption.ATOMIC_MOVE);
            Durable.syncDirectory(root);
        } catch (IOException e) {
            throw StorageFailures.of(e, root);
        }
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
