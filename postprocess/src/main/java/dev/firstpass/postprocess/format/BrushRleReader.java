package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;

/// Reads Label Studio's brush format, that is what [BrushRle] writes and other encoders too: run lengths of any widths, and
/// blocks of samples as they are. Of each pixel the last of its four samples counts, the alpha channel, from 128 on: edges
/// of a brush are soft.
///
/// For one thread.
final class BrushRleReader {
    private static final int CHANNELS = 4;
    private static final int OPAQUE = 128;

    private final JsonNode bytes;
    private final BitMask mask;
    private int at;
    private long pending;
    private int pendingBits;

    /// Looks whether it is for an image of `size` before there is a mask of that size.
    private BrushRleReader(JsonNode bytes, ImageSize size) {
        this.bytes = bytes;
        long samples = bits(32);
        long expected = size.pixels() * CHANNELS;
        if (samples != expected) {
            throw new IllegalArgumentException(
                    "rle: " + samples + " samples (expected: " + expected + ", four for each pixel)");
        }
        this.mask = new BitMask(size);
    }

    /// @param bytes an array of numbers from 0 to 255
    /// @throws IllegalArgumentException if it is not in that format, or not for an image of `size`
    static BitMask read(JsonNode bytes, ImageSize size) {
        BrushRleReader reader = new BrushRleReader(bytes, size);
        reader.read();
        return reader.mask;
    }

    private void read() {
        long samples = mask.size().pixels() * CHANNELS;
        int sampleBits = (int) bits(5) + 1;
        if (sampleBits != 8) {
            throw new IllegalArgumentException("rle: samples of " + sampleBits + " bits (expected: 8)");
        }
        int[] lengthBits = new int[4];
        for (int i = 0; i < lengthBits.length; i++) {
            lengthBits[i] = (int) bits(4) + 1;
        }
        long done = 0;
        while (done < samples) {
            boolean isRun = bits(1) == 1;
            long length = bits(lengthBits[(int) bits(2)]) + 1;
            if (length > samples - done) {
                throw new IllegalArgumentException("rle: more samples than there are (expected: " + samples + ")");
            }
            if (isRun) {
                if (bits(8) >= OPAQUE) {
                    run(done, done + length);
                }
            } else {
                for (long i = done; i < done + length; i++) {
                    if (bits(8) >= OPAQUE) {
                        run(i, i + 1);
                    }
                }
            }
            done += length;
        }
    }

    /// Sets the pixels whose last sample is among those from `from` to `to` (exclusive).
    private void run(long from, long to) {
        long pixel = from / CHANNELS;
        long end = to / CHANNELS;
        int width = mask.size().width();
        while (pixel < end) {
            int y = (int) (pixel / width);
            int x = (int) (pixel % width);
            int stop = (int) Math.min(width, x + end - pixel);
            mask.setRun(y, x, stop);
            pixel += stop - x;
        }
    }

    private long bits(int count) {
        while (pendingBits < count) {
            JsonNode next = bytes.path(at++);
            if (!next.isInt() || next.asInt() < 0 || next.asInt() > 255) {
                throw new IllegalArgumentException("rle: " + LabelJson.shown(next) + " at place " + (at - 1)
                        + " (expected: a number from 0 to 255)");
            }
            pending = (pending << 8 | next.asInt()) & 0xFF_FFFF_FFFFL;
            pendingBits += 8;
        }
        pendingBits -= count;
        return pending >>> pendingBits & (1L << count) - 1;
    }
}
