package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// Reads the samples of a PNG row by row: label masks, whose values are numbers and not colours, so nothing is corrected,
/// scaled or looked up. Grey and palette images give each sample as it is; colour ones red + 256 green + 65536 blue;
/// transparency is left away.
///
/// Every byte is taken as hostile: the size is bounded before anything is read, checksums are checked, no more is
/// decompressed than the size asks for, two rows are in memory.
///
/// Interlaced images, and colours of 16 bits, are refused: nothing writes masks in them.
///
/// For one thread.
final class PngReader {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int LONGEST_SIDE = 1 << 17;
    private static final long MOST_PIXELS = 1L << 29;
    private static final int COLOUR = 2;
    private static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int COLOUR_ALPHA = 6;

    private final DataInputStream in;
    private final Chunks chunks = new Chunks();

    /// Takes the rows from the top.
    @FunctionalInterface
    interface Rows {
        /// @param samples one for each pixel; valid during the call only
        void row(int y, int[] samples);
    }

    /// @param depth bits of a sample
    /// @param colourType of ISO/IEC 15948
    record Header(ImageSize size, int depth, int colourType) {
        int channels() {
            return switch (colourType) {
                case COLOUR -> 3;
                case GREY_ALPHA -> 2;
                case COLOUR_ALPHA -> 4;
                default -> 1;
            };
        }

        /// The largest sample that there can be.
        int largest() {
            return channels() >= 3 ? 0xFFFFFF : (1 << depth) - 1;
        }

        int rowBytes() {
            return (int) (((long) size.width() * channels() * depth + 7) / 8);
        }
    }

    private final boolean seen;

    /// @param seen whether samples are those of the transparency, where there is one
    private PngReader(InputStream in, boolean seen) {
        this.in = new DataInputStream(in);
        this.seen = seen;
    }

    /// Size and kind of samples; reads no further.
    ///
    /// @throws DataSetException if it is no PNG that can be read
    static Header header(InputStream in) throws IOException {
        try {
            return new PngReader(in, false).header();
        } catch (EOFException e) {
            throw new DataSetException("PNG: ends early (expected: a whole image)", e);
        }
    }

    /// Reads all of it.
    ///
    /// @throws DataSetException if it is no PNG that can be read, or not of `size`
    static Header read(InputStream in, ImageSize size, Rows rows) throws IOException {
        return read(new PngReader(in, false), size, rows);
    }

    /// The same, but that images which have transparency for each pixel give that: 0 where nothing can be seen.
    ///
    /// @throws DataSetException if it is no PNG that can be read, or not of `size`
    static Header readSeen(InputStream in, ImageSize size, Rows rows) throws IOException {
        return read(new PngReader(in, true), size, rows);
    }

    private static Header read(PngReader reader, ImageSize size, Rows rows) throws IOException {
        try {
            Header header = reader.header();
            if (!header.size().equals(size)) {
                throw DataSetException.otherSize("PNG: ", header.size(), size);
            }
            reader.rows(header, rows);
            return header;
        } catch (EOFException e) {
            throw new DataSetException("PNG: ends early (expected: a whole image)", e);
        } catch (ZipException e) {
            throw new DataSetException("PNG: pixels that cannot be decompressed: " + e.getMessage(), e);
        }
    }

    private Header header() throws IOException {
        if (!Arrays.equals(in.readNBytes(SIGNATURE.length), SIGNATURE)) {
            throw new DataSetException("not a PNG (expected: its signature)");
        }
        chunks.next();
        if (!chunks.type.equals("IHDR") || chunks.left != 13) {
            throw new DataSetException("PNG: begins with " + chunks.type + " (expected: IHDR)");
        }
        DataInputStream header = new DataInputStream(chunks);
        int width = header.readInt();
        int height = header.readInt();
        int depth = header.readUnsignedByte();
        int colourType = header.readUnsignedByte();
        int compression = header.readUnsignedByte();
        int filter = header.readUnsignedByte();
        int interlace = header.readUnsignedByte();
        chunks.end();
        if (width < 1
                || height < 1
                || width > LONGEST_SIDE
                || height > LONGEST_SIDE
                || (long) width * height > MOST_PIXELS) {
            throw new DataSetException("PNG: " + Integer.toUnsignedString(width) + "x"
                    + Integer.toUnsignedString(height) + " (expected: 1 to " + LONGEST_SIDE
                    + " pixels a side, at most " + MOST_PIXELS + ")");
        }
        if (!isKnown(depth, colourType) || compression != 0 || filter != 0) {
            throw new DataSetException("PNG: colour type " + colourType + " of " + depth
                    + " bits (expected: grey or a palette, or colours of 8 bits)");
        }
        if (interlace != 0) {
            throw new DataSetException("PNG: interlaced (expected: not)");
        }
        return new Header(new ImageSize(width, height), depth, colourType);
    }

    private static boolean isKnown(int depth, int colourType) {
        return switch (colourType) {
            case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case GREY_ALPHA -> depth == 8 || depth == 16;
            case COLOUR, COLOUR_ALPHA -> depth == 8;
            default -> false;
        };
    }

    private void rows(Header header, Rows rows) throws IOException {
        do {
            chunks.next();
            if (!chunks.type.equals("IDAT")) {
                chunks.skip();
            }
        } while (!chunks.type.equals("IDAT"));
        Inflater inflater = new Inflater();
        try {
            // A stream of its own: the compressed data may end within a chunk.
            DataInputStream pixels = new DataInputStream(new InflaterInputStream(chunks, inflater, 1 << 13));
            byte[] above = new byte[header.rowBytes()];
            byte[] row = new byte[header.rowBytes()];
            int[] samples = new int[header.size().width()];
            for (int y = 0; y < header.size().height(); y++) {
                int filter = pixels.readUnsignedByte();
                pixels.readFully(row);
                unfilter(filter, row, above, Math.max(1, header.channels() * header.depth() / 8));
                unpack(row, header, seen, samples);
                rows.row(y, samples);
                byte[] free = above;
                above = row;
                row = free;
            }
        } finally {
            inflater.end();
        }
        chunks.toTheEnd();
    }

    private static void unfilter(int filter, byte[] row, byte[] above, int step) {
        switch (filter) {
            case 0 -> {
                // As it is.
            }
            case 1 -> {
                for (int i = step; i < row.length; i++) {
                    row[i] += row[i - step];
                }
            }
            case 2 -> {
                for (int i = 0; i < row.length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 0; i < row.length; i++) {
                    int left = i < step ? 0 : row[i - step] & 0xFF;
                    row[i] += (byte) ((left + (above[i] & 0xFF)) / 2);
                }
            }
            case 4 -> {
                for (int i = 0; i < row.length; i++) {
                    int left = i < step ? 0 : row[i - step] & 0xFF;
                    int corner = i < step ? 0 : above[i - step] & 0xFF;
                    row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
                }
            }
            default -> throw new DataSetException("PNG: filter " + filter + " (expected: 0 to 4)");
        }
    }

    private static int paeth(int left, int above, int corner) {
        int guess = left + above - corner;
        int toLeft = Math.abs(guess - left);
        int toAbove = Math.abs(guess - above);
        int toCorner = Math.abs(guess - corner);
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static void unpack(byte[] row, Header header, boolean seen, int[] samples) {
        int channels = header.channels();
        int depth = header.depth();
        boolean isTransparency = seen && (header.colourType() == GREY_ALPHA || header.colourType() == COLOUR_ALPHA);
        for (int x = 0; x < samples.length; x++) {
            if (isTransparency) {
                int bytes = depth / 8;
                int at = (x * channels + channels - 1) * bytes;
                samples[x] = bytes == 2 ? (row[at] & 0xFF) << 8 | (row[at + 1] & 0xFF) : row[at] & 0xFF;
            } else if (channels >= 3) {
                int at = x * channels;
                samples[x] = (row[at] & 0xFF) | (row[at + 1] & 0xFF) << 8 | (row[at + 2] & 0xFF) << 16;
            } else if (depth == 16) {
                int at = 2 * x * channels;
                samples[x] = (row[at] & 0xFF) << 8 | (row[at + 1] & 0xFF);
            } else if (depth == 8) {
                samples[x] = row[x * channels] & 0xFF;
            } else {
                int bit = x * depth;
                samples[x] = (row[bit >> 3] & 0xFF) >> (8 - depth - (bit & 7)) & (1 << depth) - 1;
            }
        }
    }

    /// The content of the chunk at hand; in IDAT, that of those after it too.
    private final class Chunks extends InputStream {
        private final CRC32 crc = new CRC32();
        private String type = "";
        private int left;

        void next() throws IOException {
            left = in.readInt();
            byte[] name = in.readNBytes(4);
            if (name.length < 4) {
                throw new EOFException();
            }
            type = new String(name, StandardCharsets.ISO_8859_1);
            if (left < 0 || !type.matches("[A-Za-z]{4}")) {
                throw new DataSetException("PNG: a chunk that is none (expected: its length and 4 letters)");
            }
            crc.reset();
            crc.update(name);
        }

        void end() throws IOException {
            if (in.readInt() != (int) crc.getValue()) {
                throw new DataSetException("PNG: checksum of " + type + " (expected: that of its content)");
            }
        }

        /// Past the chunk at hand; one that has to be understood is none that can be passed.
        void skip() throws IOException {
            if (type.equals("IEND") || (Character.isUpperCase(type.charAt(0)) && !type.equals("PLTE"))) {
                throw new DataSetException("PNG: chunk " + type + " (expected: IDAT)");
            }
            in.skipNBytes(left);
            in.skipNBytes(4);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (left == 0 && type.equals("IDAT")) {
                end();
                next();
            }
            if (left == 0 || (type.equals("IHDR") && length > left)) {
                return -1;
            }
            if (!type.equals("IDAT") && !type.equals("IHDR")) {
                return -1;
            }
            int read = in.read(bytes, offset, Math.min(length, left));
            if (read < 0) {
                throw new EOFException();
            }
            crc.update(bytes, offset, read);
            left -= read;
            return read;
        }

        /// Past the rest of the pixels, whose checksum is checked, and what else there is.
        void toTheEnd() throws IOException {
            byte[] rest = new byte[1 << 10];
            while (type.equals("IDAT") && read(rest, 0, rest.length) >= 0) {
                // Read for its checksum.
            }
            while (!type.equals("IEND")) {
                in.skipNBytes(left);
                in.skipNBytes(4);
                next();
            }
        }
    }
}
