package dev.firstpass.server.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

/// Writes small TIFF files of any shape for tests. Change the fields, then call [#bytes].
final class TiffFile {
    int width = 37;
    int height = 23;
    int bands = 3;
    int bits = 8;
    int photometric = 2;
    int extraSamples = -1;
    boolean planar;
    boolean bigEndian;
    int compression = 1;
    int predictor = 1;
    int tileSide;
    int rowsPerStrip = 7;
    int orientation;
    int sampleFormat = 1;
    TestImages.Samples samples = (x, y, band) -> x * 5 + y * 3 + band * 40;

    byte[] bytes() {
        List<byte[]> blocks = new ArrayList<>();
        int blockWidth = tileSide > 0 ? tileSide : width;
        int blockHeight = tileSide > 0 ? tileSide : rowsPerStrip;
        for (int plane = 0; plane < (planar ? bands : 1); plane++) {
            for (int top = 0; top < height; top += blockHeight) {
                for (int left = 0; left < width; left += blockWidth) {
                    int rows = tileSide > 0 ? blockHeight : Math.min(blockHeight, height - top);
                    blocks.add(block(left, top, blockWidth, rows, plane));
                }
            }
        }
        return assemble(blocks, blockHeight);
    }

    private ByteOrder order() {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private byte[] block(int left, int top, int columns, int rows, int plane) {
        int inBlock = planar ? 1 : bands;
        ByteBuffer raw =
                ByteBuffer.allocate(columns * rows * inBlock * bits / 8).order(order());
        for (int y = top; y < top + rows; y++) {
            for (int x = left; x < left + columns; x++) {
                for (int band = plane; band < plane + inBlock; band++) {
                    int before = predictor == 2 && x > left ? value(x - 1, y, band) : 0;
                    put(raw, value(x, y, band) - before);
                }
            }
        }
        return switch (compression) {
            case 8 -> deflated(raw.array());
            case 32_773 -> packed(raw.array());
            default -> raw.array();
        };
    }

    private int value(int x, int y, int band) {
        return x < width && y < height ? samples.at(x, y, band) : 0;
    }

    private void put(ByteBuffer out, int value) {
        if (bits == 8) {
            out.put((byte) value);
        } else if (bits == 16) {
            out.putShort((short) value);
        } else {
            out.putInt(value);
        }
    }

    private static byte[] deflated(byte[] raw) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(raw);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// PackBits with runs where two bytes are equal and literals of one byte elsewhere.
    private static byte[] packed(byte[] raw) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < raw.length; ) {
            int run = 1;
            while (i + run < raw.length && run < 128 && raw[i + run] == raw[i]) {
                run++;
            }
            out.write(run == 1 ? 0 : 1 - run);
            out.write(raw[i]);
            i += run;
        }
        return out.toByteArray();
    }

    private byte[] assemble(List<byte[]> blocks, int blockHeight) {
        int dataBytes = blocks.stream().mapToInt(block -> block.length).sum();
        int directory = 8 + dataBytes + dataBytes % 2;
        int arrays = directory + 2 + 12 * 20;
        ByteBuffer out =
                ByteBuffer.allocate(arrays + 12 * (blocks.size() + bands)).order(order());
        out.put((byte) (bigEndian ? 'M' : 'I')).put((byte) (bigEndian ? 'M' : 'I'));
        out.putShort((short) 42).putInt(directory);
        int[] offsets = new int[blocks.size()];
        int[] counts = new int[blocks.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = out.position();
            counts[i] = blocks.get(i).length;
            out.put(blocks.get(i));
        }
        Directory tags = new Directory(out, directory, arrays);
        tags.shorts(256, width);
        tags.shorts(257, height);
        tags.shorts(258, repeated(bits, bands));
        tags.shorts(259, compression);
        tags.shorts(262, photometric);
        tags.longs(tileSide > 0 ? 324 : 273, offsets);
        if (orientation > 0) {
            tags.shorts(274, orientation);
        }
        tags.shorts(277, bands);
        if (tileSide == 0) {
            tags.shorts(278, blockHeight);
        } else {
            tags.shorts(322, tileSide);
            tags.shorts(323, tileSide);
        }
        tags.longs(tileSide > 0 ? 325 : 279, counts);
        tags.shorts(284, planar ? 2 : 1);
        tags.shorts(317, predictor);
        if (extraSamples >= 0) {
            tags.shorts(338, repeated(extraSamples, bands - (photometric == 2 ? 3 : 1)));
        }
        tags.shorts(339, repeated(sampleFormat, bands));
        return tags.finish();
    }

    private static int[] repeated(int value, int count) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }

    /// The directory while it is written, and behind it the arrays that do not fit into an entry.
    private static final class Directory {
        private final ByteBuffer out;
        private final int start;
        private int entries;
        private int free;

        Directory(ByteBuffer out, int start, int free) {
            this.out = out;
            this.start = start;
            this.free = free;
        }

        void shorts(int tag, int... values) {
            int at = entry(tag, 3, values.length, 2 * values.length);
            for (int i = 0; i < values.length; i++) {
                out.putShort(at + 2 * i, (short) values[i]);
            }
        }

        void longs(int tag, int... values) {
            int at = entry(tag, 4, values.length, 4 * values.length);
            for (int i = 0; i < values.length; i++) {
                out.putInt(at + 4 * i, values[i]);
            }
        }

        private int entry(int tag, int type, int count, int bytes) {
            int at = start + 2 + 12 * entries++;
            out.putShort(at, (short) tag).putShort(at + 2, (short) type).putInt(at + 4, count);
            if (bytes <= 4) {
                return at + 8;
            }
            out.putInt(at + 8, free);
            free += bytes + bytes % 2;
            return free - bytes - bytes % 2;
        }

        byte[] finish() {
            out.putShort(start, (short) entries);
            byte[] file = new byte[free];
            out.get(0, file);
            return file;
        }
    }
}
