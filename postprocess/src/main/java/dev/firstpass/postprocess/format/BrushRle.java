package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import java.io.IOException;

/// Label Studio's brush format: the run lengths of thi.ng's rle-pack over an RGBA image, row by row, channels
/// interleaved. A set pixel is four samples of 255, an unset one four of 0; Label Studio reads the alpha channel.
///
/// Bits, highest first: 32 for the number of samples, 5 for the bits of a sample less one, four times 4 for the
/// widths of run lengths less one, here 3, 4, 8 and 16 bits. Then blocks: 1 for a run, 2 for which width its length
/// has, the length less one in that width, 8 for the sample. (Blocks that begin with 0 hold samples as they are. None
/// is written: a run of whole pixels is never shorter than four samples.) Zeros fill the last byte; there is always
/// at least one.
///
/// Byte for byte what Label Studio's own converter writes.
///
/// For one thread.
final class BrushRle {
    /// Takes the stream byte by byte.
    @FunctionalInterface
    interface Output {
        /// @param unsigned 0 to 255
        void write(int unsigned) throws IOException;
    }

    private static final int CHANNELS = 4;
    private static final int SAMPLE_BITS = 8;
    private static final int[] LENGTH_BITS = {3, 4, 8, 16};
    private static final int LONGEST_BLOCK = 1 << 16;

    private final Output out;

    /// Bits that wait for the rest of their byte are the lowest `pendingBits` of this; those above them are written.
    private long pending;

    private int pendingBits;

    private BrushRle(Output out) {
        this.out = out;
    }

    /// @throws IllegalArgumentException if the image has more than 2^30 - 1 pixels: the stream counts samples in 32
    /// bits
    static void write(BitMask mask, Output out) throws IOException {
        long samples = mask.size().pixels() * CHANNELS;
        if (samples > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("pixels: " + mask.size().pixels() + " (expected: < 2^30)");
        }
        BrushRle stream = new BrushRle(out);
        stream.header(samples);
        stream.pixels(mask);
        stream.bits(0, 8 - stream.pendingBits);
    }

    private void header(long samples) throws IOException {
        bits(samples, 32);
        bits(SAMPLE_BITS - 1, 5);
        for (int width : LENGTH_BITS) {
            bits(width - 1, 4);
        }
    }

    /// Runs go on from the end of one row to the start of the next.
    private void pixels(BitMask mask) throws IOException {
        int width = mask.size().width();
        boolean set = mask.get(0, 0);
        long length = 0;
        for (int y = 0; y < mask.size().height(); y++) {
            int x = 0;
            while (x < width) {
                int end = set ? mask.nextUnset(y, x) : mask.nextSet(y, x);
                length += end - x;
                x = end;
                if (x < width) {
                    run(length * CHANNELS, set);
                    set = !set;
                    length = 0;
                }
            }
        }
        run(length * CHANNELS, set);
    }

    private void run(long samples, boolean set) throws IOException {
        long rest = samples;
        while (rest > 0) {
            int block = (int) Math.min(rest, LONGEST_BLOCK);
            block(block, set ? 255 : 0);
            rest -= block;
        }
    }

    private void block(int length, int sample) throws IOException {
        int width = 0;
        while (length > 1 << LENGTH_BITS[width]) {
            width++;
        }
        bits(1, 1);
        bits(width, 2);
        bits(length - 1, LENGTH_BITS[width]);
        bits(sample, SAMPLE_BITS);
    }

    /// Appends the low `count` bits of `value`, at most 32.
    private void bits(long value, int count) throws IOException {
        pending = pending << count | value;
        pendingBits += count;
        while (pendingBits >= 8) {
            pendingBits -= 8;
            out.write((int) (pending >>> pendingBits) & 0xFF);
        }
    }
}
