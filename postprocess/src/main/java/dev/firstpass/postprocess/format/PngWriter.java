package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Writes a PNG row by row, so that one row and a piece of what is compressed are in memory.
///
/// PNG (ISO/IEC 15948): the signature, then chunks IHDR, PLTE where there is a palette, IDAT (pieces of a zlib stream of
/// rows, each after its filter type, here always 0: none) and IEND; a chunk is length, type, content and the CRC-32 of the
/// two latter.
///
/// For one thread. Closing completes the image and closes the stream.
final class PngWriter implements AutoCloseable {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int PIECE = 1 << 16;

    /// How samples are said.
    enum Form {
        GREY_8(8, 0, 8),
        GREY_16(16, 0, 16),
        /// Numbers of the colours of Pascal VOC, of which there are always 256: readers differ in what they make of fewer.
        VOC_PALETTE(8, 3, 8),
        /// Red, green, blue.
        RGB(8, 2, 24),
        /// One bit each, the highest of a byte first: 0 is transparent, 1 white.
        SET_OR_TRANSPARENT(1, 3, 1);

        private final int depth;
        private final int colourType;
        private final int bitsPerPixel;

        Form(int depth, int colourType, int bitsPerPixel) {
            this.depth = depth;
            this.colourType = colourType;
            this.bitsPerPixel = bitsPerPixel;
        }

        /// Of forms whose pixels are whole bytes.
        int bytesPerPixel() {
            return bitsPerPixel / 8;
        }

        int rowBytes(int width) {
            return Math.toIntExact(((long) width * bitsPerPixel + 7) / 8);
        }
    }

    private final OutputStream out;
    private final Deflater deflater = new Deflater();
    private final OutputStream pixels;
    private final int rowBytes;

    /// @param out is closed with this
    PngWriter(OutputStream out, ImageSize size, Form form) throws IOException {
        this.out = out;
        this.rowBytes = form.rowBytes(size.width());
        this.pixels = new DeflaterOutputStream(new Pieces(out), deflater, 1 << 13);
        out.write(SIGNATURE);
        // After the colour type: compression and filter method 0 (the only ones), not interlaced.
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(size.width())
                        .putInt(size.height())
                        .put((byte) form.depth)
                        .put((byte) form.colourType)
                        .array());
        if (form == Form.VOC_PALETTE) {
            chunk(out, "PLTE", palette());
        }
        if (form == Form.SET_OR_TRANSPARENT) {
            chunk(out, "PLTE", new byte[] {0, 0, 0, -1, -1, -1});
            chunk(out, "tRNS", new byte[] {0});
        }
    }

    /// The next row.
    ///
    /// @param samples of all pixels, the high byte first where there are two; not kept
    void row(byte[] samples) throws IOException {
        if (samples.length != rowBytes) {
            throw new IllegalArgumentException("row: " + samples.length + " bytes (expected: " + rowBytes + ")");
        }
        pixels.write(0);
        pixels.write(samples);
    }

    /// The colour of number `i`, red in the highest of three bytes: its bits dealt out to red, green and blue in turn,
    /// lowest first, each time to a lower bit of the colour.
    static int vocColour(int i) {
        int red = 0;
        int green = 0;
        int blue = 0;
        int rest = i;
        for (int bit = 7; bit >= 0; bit--) {
            red |= (rest & 1) << bit;
            green |= (rest >> 1 & 1) << bit;
            blue |= (rest >> 2 & 1) << bit;
            rest >>= 3;
        }
        return red << 16 | green << 8 | blue;
    }

    private static byte[] palette() {
        ByteBuffer colours = ByteBuffer.allocate(3 * 256);
        for (int i = 0; i < 256; i++) {
            int colour = vocColour(i);
            colours.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
        }
        return colours.array();
    }

    /// Whether all rows are there is the caller's business.
    @Override
    public void close() throws IOException {
        try (out) {
            pixels.close();
            chunk(out, "IEND", new byte[0]);
        } finally {
            deflater.end();
        }
    }

    private static void chunk(OutputStream out, String type, byte[] content) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(content);
        out.write(ByteBuffer.allocate(4).putInt(content.length).array());
        out.write(name);
        out.write(content);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /// Turns what is compressed into IDAT chunks.
    private static final class Pieces extends FilterOutputStream {
        private final ByteArrayOutputStream piece = new ByteArrayOutputStream();

        Pieces(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            piece.write(bytes, offset, length);
            if (piece.size() >= PIECE) {
                end();
            }
        }

        private void end() throws IOException {
            if (piece.size() > 0) {
                chunk(out, "IDAT", piece.toByteArray());
                piece.reset();
            }
        }

        @Override
        public void close() throws IOException {
            end();
        }
    }
}
