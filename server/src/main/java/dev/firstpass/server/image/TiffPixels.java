package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Decodes the plain kinds of TIFF (see [TiffDirectory#isPlain()]) to interleaved samples in file order.
///
/// Why not the library's decoder: it mixes up 16-bit images whose bands lie apart or that have an alpha band beside
/// grey (no error, wrong pixels), takes at most four bands, and fills with what it has when a block ends early. Here
/// a block gives exactly its pixels or the image is refused.
///
/// For one thread; one image per object.
final class TiffPixels {
    private static final ValueLayout.OfShort SAMPLE_16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private final TiffDirectory tiff;
    private final byte[] bytes;
    private final MemorySegment target;
    private final byte[] block;

    /// @param target `width * height * samples` samples, of one byte or of two in native order
    TiffPixels(TiffDirectory tiff, byte[] bytes, MemorySegment target) {
        this.tiff = tiff;
        this.bytes = bytes;
        this.target = target;
        this.block = new byte[Math.toIntExact(tiff.rowBytes() * tiff.blockHeight)];
    }

    /// @throws Truncated if a block holds fewer pixels than it should
    /// @throws Undecodable if a block's compressed data is not valid
    void decode() {
        int perPlane = tiff.blocksAcross() * tiff.blocksDown();
        int planes = tiff.planar ? tiff.samples : 1;
        for (int i = 0; i < perPlane * planes; i++) {
            int row = i % perPlane / tiff.blocksAcross();
            int column = i % tiff.blocksAcross();
            int length = Math.toIntExact(tiff.rowBytes() * tiff.rowsOf(row));
            expand((int) tiff.blockOffsets[i], (int) tiff.blockBytes[i], length);
            if (tiff.predictor == 2) {
                undoDifferences(tiff.rowsOf(row));
            }
            place(column * tiff.blockWidth, row * tiff.blockHeight, i / perPlane);
        }
    }

    private void expand(int from, int count, int length) {
        int done = switch (tiff.compression) {
            case TiffDirectory.NO_COMPRESSION -> {
                System.arraycopy(bytes, from, block, 0, Math.min(count, length));
                yield Math.min(count, length);
            }
            case TiffDirectory.PACK_BITS -> unpackBits(from, from + count, length);
            case TiffDirectory.LZW -> new TiffLzw(bytes, from, from + count).expand(block, length);
            default -> inflate(from, count, length);
        };
        if (done < length) {
            throw new Truncated("TIFF: a strip or tile gives " + done + " bytes (expected: " + length + ")");
        }
    }

    private int unpackBits(int from, int end, int length) {
        int at = from;
        int done = 0;
        while (done < length && at < end) {
            int control = bytes[at++];
            if (control >= 0) {
                int run = Math.min(Math.min(control + 1, end - at), length - done);
                System.arraycopy(bytes, at, block, done, run);
                at += run;
                done += run;
            } else if (control != -128 && at < end) {
                int run = Math.min(1 - control, length - done);
                Arrays.fill(block, done, done + run, bytes[at++]);
                done += run;
            }
        }
        return done;
    }

    private int inflate(int from, int count, int length) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, from, count);
            int done = 0;
            while (done < length) {
                int step = inflater.inflate(block, done, length - done);
                if (step == 0) {
                    break;
                }
                done += step;
            }
            return done;
        } catch (DataFormatException _) {
            throw new Undecodable("TIFF: deflated data that is not valid");
        } finally {
            inflater.end();
        }
    }

    /// Predictor 2: each sample is stored as the difference to its left neighbour in the same band.
    private void undoDifferences(int rows) {
        int step = tiff.samplesPerBlock();
        int rowBytes = (int) tiff.rowBytes();
        for (int row = 0; row < rows; row++) {
            int base = row * rowBytes;
            if (tiff.bits == 8) {
                for (int i = base + step; i < base + rowBytes; i++) {
                    block[i] += block[i - step];
                }
            } else {
                for (int i = base + 2 * step; i < base + rowBytes; i += 2) {
                    putSample(i, sampleAt(i) + sampleAt(i - 2 * step));
                }
            }
        }
    }

    private int sampleAt(int i) {
        int a = block[i] & 0xff;
        int b = block[i + 1] & 0xff;
        return tiff.bigEndian() ? a << 8 | b : b << 8 | a;
    }

    private void putSample(int i, int value) {
        block[i] = (byte) (tiff.bigEndian() ? value >> 8 : value);
        block[i + 1] = (byte) (tiff.bigEndian() ? value : value >> 8);
    }

    /// Copies the part of the block that lies within the image to its place.
    private void place(int left, int top, int plane) {
        int columns = Math.min(tiff.blockWidth, tiff.width - left);
        int rows = Math.min(tiff.blockHeight, tiff.height - top);
        int sampleBytes = tiff.bits / 8;
        int inBlock = tiff.samplesPerBlock();
        int flip = tiff.photometric == TiffDirectory.WHITE_IS_ZERO ? (1 << tiff.bits) - 1 : 0;
        for (int row = 0; row < rows; row++) {
            int from = row * (int) tiff.rowBytes();
            long to = ((long) (top + row) * tiff.width + left) * tiff.samples + plane;
            for (int column = 0; column < columns; column++) {
                for (int band = 0; band < inBlock; band++) {
                    if (sampleBytes == 1) {
                        int value = block[from] & 0xff;
                        target.set(ValueLayout.JAVA_BYTE, to + band, (byte) (plane + band == 0 ? value ^ flip : value));
                    } else {
                        int value = sampleAt(from);
                        target.setAtIndex(SAMPLE_16, to + band, (short) (plane + band == 0 ? value ^ flip : value));
                    }
                    from += sampleBytes;
                }
                to += tiff.samples;
            }
        }
    }
}
