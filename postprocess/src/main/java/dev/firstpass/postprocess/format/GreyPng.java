package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// A mask as a PNG of one 8-bit grey channel whose samples are 0 and 1, row by row, so that only the compressed bytes
/// and one row are in memory.
///
/// PNG (ISO/IEC 15948): the signature, then chunks IHDR, IDAT (a zlib stream of rows, each after its filter type,
/// here always 0: none) and IEND; a chunk is length, type, content and the CRC-32 of the two latter.
final class GreyPng {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final byte BIT_DEPTH = 8;

    private GreyPng() {}

    static byte[] of(BitMask mask) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(SIGNATURE);
        chunk(png, "IHDR", header(mask));
        chunk(png, "IDAT", rows(mask));
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    /// After the bit depth: colour type grey, compression and filter method 0 (the only ones), not interlaced.
    private static byte[] header(BitMask mask) {
        return ByteBuffer.allocate(13)
                .putInt(mask.size().width())
                .putInt(mask.size().height())
                .put(BIT_DEPTH)
                .array();
    }

    private static byte[] rows(BitMask mask) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater();
        try (OutputStream out = new DeflaterOutputStream(compressed, deflater, 1 << 13)) {
            byte[] row = new byte[1 + mask.size().width()];
            for (int y = 0; y < mask.size().height(); y++) {
                fill(row, mask, y);
                out.write(row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        } finally {
            deflater.end();
        }
        return compressed.toByteArray();
    }

    private static void fill(byte[] row, BitMask mask, int y) {
        int width = mask.size().width();
        Arrays.fill(row, (byte) 0);
        int start = mask.nextSet(y, 0);
        while (start < width) {
            int end = mask.nextUnset(y, start);
            Arrays.fill(row, 1 + start, 1 + end, (byte) 1);
            start = mask.nextSet(y, end);
        }
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] content) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(content);
        png.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
        png.writeBytes(name);
        png.writeBytes(content);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
