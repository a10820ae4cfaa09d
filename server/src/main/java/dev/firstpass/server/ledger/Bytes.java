package dev.firstpass.server.ledger;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;

/// Ids and digests as they are stored.
///
/// Pure functions.
final class Bytes {
    private static final String SHA256 = "sha256:";

    private Bytes() {}

    static byte[] of(UUID id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static UUID id(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /// @throws IllegalArgumentException if it is not `sha256:` and hex digits
    static byte[] ofDigest(String digest) {
        if (!digest.startsWith(SHA256)) {
            throw new IllegalArgumentException("digest: " + digest + " (expected: sha256:...)");
        }
        return HexFormat.of().parseHex(digest, SHA256.length(), digest.length());
    }

    static String digest(byte[] bytes) {
        return SHA256 + HexFormat.of().formatHex(bytes);
    }
}
