package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/// A mask as a PNG of one grey channel whose samples are 0 and 1, row by row, so that only the compressed bytes
/// and one row are in memory.
final class GreyPng {
    private GreyPng() {}

    static byte[] of(BitMask mask) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PngWriter png = new PngWriter(bytes, mask.size(), PngWriter.Form.GREY_8)) {
            byte[] row = new byte[mask.size().width()];
            for (int y = 0; y < mask.size().height(); y++) {
                fill(row, mask, y);
                png.row(row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void fill(byte[] row, BitMask mask, int y) {
        Arrays.fill(row, (byte) 0);
        int start = mask.nextSet(y, 0);
        while (start < row.length) {
            int end = mask.nextUnset(y, start);
            Arrays.fill(row, start, end, (byte) 1);
            start = mask.nextSet(y, end);
        }
    }
}
