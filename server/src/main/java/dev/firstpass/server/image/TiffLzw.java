package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.Undecodable;

/// TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, most significant bit first, widened one code early.
///
/// The table keeps, for each code, where its string was last written in the output; so a string is copied from there
/// and no string is ever stored.
///
/// For one thread; one block per object.
final class TiffLzw {
    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int FIRST_FREE = 258;
    private static final int TABLE = 4096;

    private final byte[] bytes;
    private final int end;
    private final int[] start = new int[TABLE];
    private final int[] length = new int[TABLE];
    private int at;
    private int held;
    private int heldBits;

    TiffLzw(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /// Fills `out` with up to `limit` bytes and says how many there were.
    int expand(byte[] out, int limit) {
        int done = 0;
        int free = FIRST_FREE;
        int previousStart = 0;
        int previousLength = 0;
        while (done < limit) {
            int code = next(bitsFor(free));
            if (code == END) {
                break;
            }
            if (code == CLEAR) {
                free = FIRST_FREE;
                previousLength = 0;
                continue;
            }
            // The entry that the previous code and the first byte of this one make: it ends where this one begins + 1.
            if (previousLength > 0 && free < TABLE) {
                start[free] = previousStart;
                length[free] = previousLength + 1;
                free++;
            }
            int written = write(code, free, out, done, limit);
            previousStart = done;
            previousLength = written;
            done += written;
        }
        return done;
    }

    private int write(int code, int free, byte[] out, int done, int limit) {
        if (code < CLEAR) {
            out[done] = (byte) code;
            return 1;
        }
        if (code >= free) {
            throw new Undecodable("TIFF: LZW data that is not valid");
        }
        int count = Math.min(length[code], limit - done);
        // Byte by byte: the newest entry overlaps what is being written.
        for (int i = 0; i < count; i++) {
            out[done + i] = out[start[code] + i];
        }
        return count;
    }

    private static int bitsFor(int free) {
        if (free < 511) {
            return 9;
        }
        if (free < 1023) {
            return 10;
        }
        return free < 2047 ? 11 : 12;
    }

    private int next(int bits) {
        while (heldBits < bits) {
            if (at >= end) {
                return END;
            }
            held = held << 8 | (bytes[at++] & 0xff);
            heldBits += 8;
        }
        heldBits -= bits;
        return held >> heldBits & (1 << bits) - 1;
    }
}
