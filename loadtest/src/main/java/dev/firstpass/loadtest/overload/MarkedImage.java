package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.paced.Mark;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Square pictures whose first pixels are a [Mark], as BMP files: neither side has to compress anything.
///
/// Immutable.
final class MarkedImage implements Marked {
    private static final int HEADER = 54;
    private static final int CHANNELS = 3;
    private static final byte GREY = 0x50;

    private final byte[] template;
    private final int firstPixel;

    /// @param side in pixels, a multiple of 4
    MarkedImage(int side) {
        if (side < 8 || side % 4 != 0) {
            throw new IllegalArgumentException("side: " + side + " (expected: a multiple of 4, >= 8)");
        }
        int rowBytes = side * CHANNELS;
        int pixels = rowBytes * side;
        template = new byte[HEADER + pixels];
        Arrays.fill(template, HEADER, template.length, GREY);
        ByteBuffer.wrap(template)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'B')
                .put((byte) 'M')
                .putInt(template.length)
                .putInt(0)
                .putInt(HEADER)
                .putInt(40)
                .putInt(side)
                .putInt(side)
                .putShort((short) 1)
                .putShort((short) (8 * CHANNELS))
                .putInt(0)
                .putInt(pixels);
        // Rows stand from the lowest to the topmost.
        firstPixel = HEADER + pixels - rowBytes;
    }

    @Override
    public byte[] with(long deadlineNanos, int number) {
        byte[] rgb = new byte[(Mark.BYTES + CHANNELS - 1) / CHANNELS * CHANNELS + 2 * CHANNELS];
        Mark.put(ByteBuffer.wrap(rgb), deadlineNanos);
        ByteBuffer.wrap(rgb).putInt(rgb.length - Integer.BYTES, number);
        byte[] file = template.clone();
        for (int at = 0; at < rgb.length; at += CHANNELS) {
            file[firstPixel + at] = rgb[at + 2];
            file[firstPixel + at + 1] = rgb[at + 1];
            file[firstPixel + at + 2] = rgb[at];
        }
        return file;
    }
}
