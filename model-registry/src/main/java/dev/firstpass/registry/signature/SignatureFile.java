package dev.firstpass.registry.signature;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Files of a signature, which are small.
///
/// Pure functions, but for reading the file.
final class SignatureFile {
    /// A thousand files of the longest names come to less.
    private static final int MOST_BYTES = 8 << 20;

    private static final int SHOWN_CHARACTERS = 64;

    private SignatureFile() {}

    /// @param path in the bundle
    static byte[] read(Path file, String path) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ArtifactRejected(path + ": over " + MOST_BYTES + " bytes (expected: a signature)");
            }
            return bytes;
        }
    }

    /// Somebody else's text, fit to be shown.
    static String shown(String text) {
        String head = text.length() > SHOWN_CHARACTERS ? text.substring(0, SHOWN_CHARACTERS) + "..." : text;
        return "'" + head.replaceAll("[^\\x20-\\x7e]", "?") + "'";
    }
}
