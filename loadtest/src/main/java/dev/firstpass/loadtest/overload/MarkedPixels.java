package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.paced.Mark;
import java.nio.ByteBuffer;

/// The pixels of square pictures as a model takes them, without a file around them.
///
/// Immutable.
///
/// @param side in pixels
record MarkedPixels(int side) implements Marked {
    private static final int CHANNELS = 3;

    @Override
    public byte[] with(long deadlineNanos, int number) {
        byte[] pixels = new byte[side * side * CHANNELS];
        Mark.put(ByteBuffer.wrap(pixels), deadlineNanos);
        ByteBuffer.wrap(pixels).putInt(Mark.BYTES, number);
        return pixels;
    }
}
