package dev.firstpass.server.validation;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads the files of golden samples.
///
/// Pure functions, but for the files.
final class GoldenFiles {
    private static final int MIB_SHIFT = 20;
    private static final int MOST_IMAGE_BYTES = 64 << MIB_SHIFT;
    private static final int MOST_LABEL_BYTES = 4 << MIB_SHIFT;

    private GoldenFiles() {}

    /// @param path in the bundle, which is one of the version's files
    /// @throws dev.firstpass.server.failure.FailureException MANIFEST_INVALID if it is too large
    static byte[] image(ModelVersion version, String path) {
        return read(version.directory().resolve(path), path, MOST_IMAGE_BYTES);
    }

    /// As `image`, for expected labels.
    static byte[] labels(ModelVersion version, String path) {
        return read(version.directory().resolve(path), path, MOST_LABEL_BYTES);
    }

    private static byte[] read(Path file, String name, int most) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw Failure.of(
                                Reason.MANIFEST_INVALID,
                                name + ": too large (expected: at most " + (most >> MIB_SHIFT) + " MiB)")
                        .asException();
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
