package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.TooManyPixels;
import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import dev.firstpass.server.image.ImageHeader.Alpha;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The first directory of a TIFF file (TIFF 6.0): what the image is and where its blocks (strips or tiles) lie,
/// each of them checked to lie within the file. Further pages are not looked at, so a chain of directories that
/// bites its tail costs nothing. BigTIFF is not read.
///
/// Immutable once read.
final class TiffDirectory {
    static final int SHORT = 3;
    static final int LONG = 4;

    static final int NO_COMPRESSION = 1;
    static final int LZW = 5;
    static final int DEFLATE = 8;
    static final int OLD_DEFLATE = 32_946;
    static final int PACK_BITS = 32_773;

    static final int WHITE_IS_ZERO = 0;
    static final int BLACK_IS_ZERO = 1;
    static final int RGB = 2;
    static final int PALETTE = 3;
    private static final int MASK = 4;
    static final int CMYK = 5;

    private static final int ORIENTATION = 274;
    private static final int MAX_BANDS = 64;
    private static final long MAX_BLOCK_BYTES = 1L << 30;

    private final ByteView in;
    private final Map<Integer, Entry> entries = new HashMap<>();

    final int width;
    final int height;
    final int samples;
    final int bits;
    final int compression;
    final int photometric;
    final int predictor;
    final boolean planar;
    final boolean tiled;
    final int blockWidth;
    final int blockHeight;
    final long[] blockOffsets;
    final long[] blockBytes;
    private final long sampleFormat;
    private final long extra;

    /// @param at position of the value, or of the first of its values
    private record Entry(int type, long count, long at) {}

    private TiffDirectory(byte[] bytes, ImageLimits limits) {
        ByteView file = ByteView.of("TIFF", bytes, true);
        in = ByteView.of("TIFF", bytes, file.has(0, "MM"));
        if (in.u16(2) == 43) {
            throw new UnsupportedType("TIFF: BigTIFF (expected: classic TIFF)");
        }
        readEntries();
        long w = required(256, "width");
        long h = required(257, "height");
        samples = (int) Math.min(number(277, 1), MAX_BANDS + 1);
        bits = bitsPerSample();
        compression = (int) number(259, NO_COMPRESSION);
        photometric = (int) required(262, "photometric interpretation");
        predictor = (int) number(317, 1);
        planar = number(284, 1) == 2 && samples > 1;
        sampleFormat = number(339, 1);
        extra = number(338, 0);
        if (w < 1 || h < 1) {
            throw new Undecodable("TIFF: " + w + "x" + h + " pixels (expected: at least 1x1)");
        }
        if (samples < 1 || samples > MAX_BANDS) {
            throw new UnsupportedType("TIFF: more than " + MAX_BANDS + " bands");
        }
        limits.check(w, h, Math.max(samples, photometric == PALETTE ? 3 : 1), Math.max(8, bits));
        width = (int) w;
        height = (int) h;
        checkSamples();

        tiled = entries.containsKey(322);
        blockWidth = tiled ? side(322, "tile width") : width;
        blockHeight = tiled ? side(323, "tile height") : (int) Math.clamp(number(278, h), 1, h);
        blockOffsets = numbers(tiled ? 324 : 273, "offsets");
        blockBytes = numbers(tiled ? 325 : 279, "byte counts");
        checkBlocks(limits);
    }

    static TiffDirectory read(byte[] bytes, ImageLimits limits) {
        return new TiffDirectory(bytes, limits);
    }

    /// Takes in every entry, and checks of each that its values lie within the file, needed or not: a file that was
    /// cut in the values of a comment is cut all the same.
    private void readEntries() {
        long directory = in.u32(4);
        int count = in.u16(directory);
        in.require(directory + 2, 12L * count + 4);
        for (int i = 0; i < count; i++) {
            long at = directory + 2 + 12L * i;
            int type = in.u16(at + 2);
            long values = in.u32(at + 4);
            long bytes = values * sizeOf(type);
            long valuesAt = bytes <= 4 ? at + 8 : in.u32(at + 8);
            in.require(valuesAt, bytes);
            entries.putIfAbsent(in.u16(at), new Entry(type, values, valuesAt));
        }
        long next = in.u32(directory + 2 + 12L * count);
        if (next != 0) {
            in.require(next, 2);
        }
    }

    /// Bytes of one value, by its type; 0 for types that TIFF 6.0 does not define.
    private static int sizeOf(int type) {
        return switch (type) {
            case 1, 2, 6, 7 -> 1;
            case SHORT, 8 -> 2;
            case LONG, 9, 11, 13 -> 4;
            case 5, 10, 12 -> 8;
            default -> 0;
        };
    }

    private long number(int tag, long otherwise) {
        Entry entry = entries.get(tag);
        return entry == null || entry.count == 0 ? otherwise : value(entry, 0);
    }

    private long required(int tag, String name) {
        if (!entries.containsKey(tag)) {
            throw new Undecodable("TIFF: no " + name + " (expected: tag " + tag + ")");
        }
        return number(tag, 0);
    }

    private int side(int tag, String name) {
        long side = number(tag, 0);
        // Tiles overhang the image by less than one tile; what is far larger is an attack on memory.
        if (side < 1 || side > 65_536) {
            throw new Undecodable("TIFF: " + name + " " + side + " (expected: 1..65536)");
        }
        return (int) side;
    }

    private long value(Entry entry, long index) {
        return switch (entry.type) {
            case 1 -> in.u8(entry.at + index);
            case SHORT -> in.u16(entry.at + 2 * index);
            case LONG -> in.u32(entry.at + 4 * index);
            default -> throw new Undecodable("TIFF: a number of type " + entry.type + " (expected: 1, 3 or 4)");
        };
    }

    private long[] numbers(int tag, String name) {
        Entry entry = entries.get(tag);
        if (entry == null) {
            throw new Undecodable("TIFF: no " + name + " (expected: tag " + tag + ")");
        }
        long[] values = new long[(int) Math.min(entry.count, in.length())];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(entry, i);
        }
        return values;
    }

    private int bitsPerSample() {
        Entry entry = entries.get(258);
        if (entry == null || entry.count == 0) {
            return 1;
        }
        long first = value(entry, 0);
        for (int i = 1; i < Math.min(entry.count, samples); i++) {
            if (value(entry, i) != first) {
                throw new UnsupportedType("TIFF: bands of different sample sizes (expected: all the same)");
            }
        }
        return (int) first;
    }

    private void checkSamples() {
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
            throw new UnsupportedType("TIFF: " + bits + " bits per sample (expected: 1, 2, 4, 8 or 16)");
        }
        if (sampleFormat != 1 && sampleFormat != 4) {
            throw new UnsupportedType("TIFF: signed or floating-point samples (expected: unsigned)");
        }
        if (photometric == MASK) {
            throw new UnsupportedType("TIFF: a transparency mask (expected: an image)");
        }
        if (photometric == RGB && samples < 3) {
            throw new Undecodable("TIFF: RGB of " + samples + " bands (expected: >= 3)");
        }
    }

    int blocksAcross() {
        return Math.ceilDiv(width, blockWidth);
    }

    int blocksDown() {
        return Math.ceilDiv(height, blockHeight);
    }

    /// Samples that lie side by side in one block: all of them, or one where each band has blocks of its own.
    int samplesPerBlock() {
        return planar ? 1 : samples;
    }

    /// Rows in the blocks of row `blockRow`; the last strip may be short, tiles never are.
    int rowsOf(int blockRow) {
        return tiled ? blockHeight : Math.min(blockHeight, height - blockRow * blockHeight);
    }

    long rowBytes() {
        return Math.ceilDiv((long) blockWidth * samplesPerBlock() * bits, 8L);
    }

    private void checkBlocks(ImageLimits limits) {
        limits.check(blockWidth, blockHeight, samplesPerBlock(), Math.max(8, bits));
        if (rowBytes() * blockHeight > MAX_BLOCK_BYTES) {
            throw new TooManyPixels("TIFF: a strip or tile of " + rowBytes() * blockHeight
                    + " bytes (expected: at most " + MAX_BLOCK_BYTES + ")");
        }
        long needed = (long) blocksAcross() * blocksDown() * (planar ? samples : 1);
        long present = Math.min(blockOffsets.length, blockBytes.length);
        if (present < needed) {
            throw new Truncated("TIFF: " + present + " strips or tiles (expected: " + needed + ")");
        }
        // YCbCr may be subsampled, so the arithmetic of plain blocks holds for the other kinds only.
        boolean plain = compression == NO_COMPRESSION && photometric != 6;
        for (int i = 0; i < needed; i++) {
            in.require(blockOffsets[i], blockBytes[i]);
            long least = plain ? rowBytes() * rowsOf(i / blocksAcross() % blocksDown()) : 1;
            if (blockBytes[i] < least) {
                throw new Truncated(
                        "TIFF: a strip or tile of " + blockBytes[i] + " bytes (expected: at least " + least + ")");
            }
        }
    }

    ImageHeader header() {
        return new ImageHeader(
                ImageType.TIFF,
                new ImageSize(width, height),
                bands(),
                bits == 16 ? 16 : 8,
                alpha(),
                Orientation.ofTag(number(ORIENTATION, 1)));
    }

    /// Whether the pixels are plain unsigned numbers in a compression that [TiffPixels] undoes.
    boolean isPlain() {
        boolean known = switch (compression) {
            case NO_COMPRESSION, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS -> true;
            default -> false;
        };
        return known
                && (bits == 8 || bits == 16)
                && (photometric == WHITE_IS_ZERO || photometric == BLACK_IS_ZERO || photometric == RGB)
                && (predictor == 1 || predictor == 2);
    }

    /// Bands of colour or measurement, alpha apart.
    int bands() {
        if (isPlain()) {
            return samples - (alpha() == Alpha.NONE ? 0 : 1);
        }
        return photometric == WHITE_IS_ZERO || photometric == BLACK_IS_ZERO ? 1 : 3;
    }

    /// A sample beyond grey or RGB is alpha only where the file says so; otherwise it is a band like any other.
    Alpha alpha() {
        int colors = photometric == RGB ? 3 : 1;
        if (samples != colors + 1 || photometric > RGB) {
            return Alpha.NONE;
        }
        if (extra == 1 || (extra == 2 && !isPlain())) {
            // What is not plain goes through the library, which multiplies while it decodes.
            return Alpha.PREMULTIPLIED;
        }
        return extra == 2 ? Alpha.STRAIGHT : Alpha.NONE;
    }

    /// The bytes with the orientation tag set to upright, so that a decoder which heeds it leaves the turning to
    /// us.
    byte[] withoutOrientation() {
        return Optional.ofNullable(entries.get(ORIENTATION))
                .filter(entry -> entry.type == SHORT && entry.count == 1)
                .map(entry -> {
                    byte[] copy = Arrays.copyOf(in.bytes(), in.bytes().length);
                    int low = (int) entry.at + (in.bigEndian() ? 1 : 0);
                    copy[(int) entry.at] = 0;
                    copy[(int) entry.at + 1] = 0;
                    copy[low] = 1;
                    return copy;
                })
                .orElse(in.bytes());
    }

    boolean bigEndian() {
        return in.bigEndian();
    }
}
