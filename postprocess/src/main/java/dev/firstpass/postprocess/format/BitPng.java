package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/// A mask as a PNG of one bit for each pixel, whose palette is transparent black and white: how Supervisely has them.
final class BitPng {
    private BitPng() {}

    static byte[] of(BitMask mask) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int width = mask.size().width();
        try (PngWriter png = new PngWriter(bytes, mask.size(), PngWriter.Form.SET_OR_TRANSPARENT)) {
            byte[] row = new byte[(width + 7) / 8];
            for (int y = 0; y < mask.size().height(); y++) {
                Arrays.fill(row, (byte) 0);
                for (int x = mask.nextSet(y, 0); x < width; x = mask.nextSet(y, x + 1)) {
                    row[x >> 3] |= (byte) (0x80 >> (x & 7));
                }
                png.row(row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
