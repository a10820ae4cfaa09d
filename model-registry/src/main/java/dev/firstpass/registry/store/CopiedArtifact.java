package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/// Copies files and holds what it copies against what was registered.
///
/// Pure but for the files; links are not followed.
final class CopiedArtifact {
    private static final int BUFFER_BYTES = 1 << 18;

    private CopiedArtifact() {}

    /// Copies the files of one content, each synced; their folders are not.
    ///
    /// @param from the folder `files` of an artifact
    /// @param to an empty folder
    /// @param copied hears how many bytes more were copied
    /// @return what is wrong with the original, with which `to` holds no usable copy; empty if nothing is
    static Optional<String> copy(Manifest manifest, Path from, Path to, LongConsumer copied) throws IOException {
        for (BundleFile file : manifest.files()) {
            Path target = to.resolve(file.path());
            Files.createDirectories(target.getParent());
            try {
                String sha256 = copy(from.resolve(file.path()), target, file.bytes(), copied);
                if (!sha256.equals(file.sha256())) {
                    return Optional.of(file.path() + " is not what was registered");
                }
            } catch (NoSuchFileException _) {
                return Optional.of(file.path() + " is missing");
            }
        }
        return Optional.empty();
    }

    /// Copies one file, and not much beyond `bytes` of it.
    ///
    /// @return the SHA-256 of what was copied
    static String copy(Path from, Path to, long bytes, LongConsumer copied) throws IOException {
        MessageDigest sha256 = Sha256.begin();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long done = 0;
        try (SeekableByteChannel in =
                        Files.newByteChannel(from, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (done <= bytes && in.read(buffer.clear()) >= 0) {
                done += buffer.flip().remaining();
                sha256.update(buffer.duplicate());
                copied.accept(buffer.remaining());
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
            out.force(true);
        }
        return Sha256.end(sha256);
    }
}
