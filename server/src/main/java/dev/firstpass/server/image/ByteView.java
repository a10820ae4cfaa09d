package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.Truncated;
import java.nio.charset.StandardCharsets;

/// Numbers read from a range of untrusted bytes. Positions count from the start of the range and are longs, so that
/// sums of hostile 32-bit numbers cannot wrap; whatever lies outside the range is answered with [Truncated].
///
/// Immutable.
///
/// @param format name for the messages
/// @param end exclusive, within the array
record ByteView(String format, byte[] bytes, int start, int end, boolean bigEndian) {
    static ByteView of(String format, byte[] bytes, boolean bigEndian) {
        return new ByteView(format, bytes, 0, bytes.length, bigEndian);
    }

    ByteView slice(long from, long length, boolean asBigEndian) {
        require(from, length);
        int first = start + (int) from;
        return new ByteView(format, bytes, first, first + (int) length, asBigEndian);
    }

    long length() {
        return end - (long) start;
    }

    /// @throws Truncated if fewer than `count` bytes follow position `at`
    void require(long at, long count) {
        if (at < 0 || count < 0 || at > length() || count > length() - at) {
            throw new Truncated(format + ": ends after " + length() + " bytes (expected: at least "
                    + (at < 0 || count < 0 ? "more" : at + count) + ")");
        }
    }

    int u8(long at) {
        require(at, 1);
        return bytes[start + (int) at] & 0xff;
    }

    int u16(long at) {
        int a = u8(at);
        int b = u8(at + 1);
        return bigEndian ? a << 8 | b : b << 8 | a;
    }

    int u24(long at) {
        int a = u8(at);
        int b = u16(at + 1);
        return bigEndian ? a << 16 | b : u8(at + 2) << 16 | u16(at);
    }

    long u32(long at) {
        long a = u16(at);
        long b = u16(at + 2);
        return bigEndian ? a << 16 | b : b << 16 | a;
    }

    int i32(long at) {
        return (int) u32(at);
    }

    /// Whether the ASCII characters of `text` stand at `at`; false where the range ends before them.
    boolean has(long at, String text) {
        if (at < 0 || at + text.length() > length()) {
            return false;
        }
        byte[] expected = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < expected.length; i++) {
            if (bytes[start + (int) at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
