package dev.firstpass.server.asset;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.Objects;
import java.util.Set;

/// Images in one folder and those below it. What a link leads to counts, so that none leads out; and each step to it is opened from the one
/// before, so that none is exchanged for a link meanwhile.
///
/// What is not there, is no file, is not to be read, or is outside by a link, is one and the same to whoever asks.
///
/// Thread-safe.
final class LocalFiles {
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path root;
    private final int maxBytes;

    LocalFiles(Path root, int maxBytes) {
        this.root = root.toAbsolutePath().normalize();
        this.maxBytes = maxBytes;
    }

    /// Whether the path is below the folder, by its letters alone.
    boolean holds(Path path) {
        return path.startsWith(root) && !path.equals(root);
    }

    /// @param relative to the folder
    /// @throws FailureException ASSET_FORBIDDEN for what is not below it by its letters; else as [#read(Path, Deadline)]
    byte[] read(String relative, Deadline deadline) throws InterruptedException {
        try {
            Path path = root.resolve(relative.replaceFirst("^/+", "")).normalize();
            if (holds(path)) {
                return read(path, deadline);
            }
        } catch (InvalidPathException _) {
            // Such a path is nowhere.
        }
        throw AssetFailures.OF_URI.forbidden("is not in the folder of local files");
    }

    /// @param path that the folder holds
    /// @throws FailureException ASSET_UNREACHABLE, REQUEST_TOO_LARGE or DEADLINE_EXCEEDED
    /// @throws InterruptedException if the request was cancelled
    byte[] read(Path path, Deadline deadline) throws InterruptedException {
        try {
            Path top = root.toRealPath();
            Path file = top.resolve(root.relativize(path)).toRealPath();
            if (!file.startsWith(top) || file.equals(top)) {
                throw unreadable();
            }
            try (DirectoryStream<Path> folder = Files.newDirectoryStream(top);
                    SeekableByteChannel channel = open(folder, top.relativize(file));
                    InputStream in = Channels.newInputStream(channel)) {
                return bytes(in, deadline);
            }
        } catch (ClosedByInterruptException _) {
            // Whoever throws the other one leaves no mark on the thread.
            Thread.interrupted();
            throw new InterruptedException("while a file was read");
        } catch (IOException _) {
            throw unreadable();
        }
    }

    /// @param relative to the folder, without links and dots when it was looked at
    /// @throws IOException if a part of it is a link by now, or its end no file
    static SeekableByteChannel open(DirectoryStream<Path> folder, Path relative) throws IOException {
        if (!(folder instanceof SecureDirectoryStream<Path> in)) {
            throw new NotDirectoryException("a folder that files are opened below");
        }
        Path name = relative.getName(0);
        if (relative.getNameCount() > 1) {
            try (DirectoryStream<Path> below = in.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                return open(below, relative.subpath(1, relative.getNameCount()));
            }
        }
        // A pipe would wait for whoever writes to it, and a device do whatever it does.
        BasicFileAttributeView view = Objects.requireNonNull(
                in.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
        if (!view.readAttributes().isRegularFile()) {
            throw new NoSuchFileException(name.toString());
        }
        return in.newByteChannel(name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    private byte[] bytes(InputStream in, Deadline deadline) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int n = 0; n >= 0; n = in.read(chunk)) {
            if (deadline.isPassed()) {
                throw AssetFailures.late();
            }
            if (bytes.size() + n > maxBytes) {
                throw AssetFailures.OF_URI.tooLarge(maxBytes);
            }
            bytes.write(chunk, 0, n);
        }
        return bytes.toByteArray();
    }

    private static FailureException unreadable() {
        return AssetFailures.OF_URI.unreachable("its folder has no such file, or none that may be read");
    }
}
