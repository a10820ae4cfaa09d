package dev.firstpass.server.validation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.IntSupplier;

/// An image that versions are tried out with.
///
/// Immutable; the bytes are not to be changed.
///
/// @param name as the report calls it
record Picture(String name, byte[] bytes) {
    private static final String PHOTO = "/samples/dog.jpg";
    private static final int WIDTH = 320;
    private static final int HEIGHT = 240;
    private static final int HEADER = 54;
    private static final int INFO_HEADER = 40;
    private static final int BITS = 24;
    private static final int GREY = 128;
    private static final long SEED = 4711;

    /// A photo that comes with the server, 768 x 576.
    static Picture photo() {
        try (InputStream in = Picture.class.getResourceAsStream(PHOTO)) {
            if (in == null) {
                throw new IllegalStateException(PHOTO + " (expected: on the class path)");
            }
            return new Picture("photo", in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Picture black() {
        return new Picture("black", bitmap(() -> 0));
    }

    static Picture grey() {
        return new Picture("grey", bitmap(() -> GREY));
    }

    /// The same at each call.
    static Picture noise() {
        Random random = new Random(SEED);
        return new Picture("noise", bitmap(() -> random.nextInt(1 << Byte.SIZE)));
    }

    /// A BMP, whose format needs no more than this.
    private static byte[] bitmap(IntSupplier sample) {
        int pixels = WIDTH * HEIGHT * 3;
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + pixels).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 'B').put((byte) 'M').putInt(HEADER + pixels).putInt(0).putInt(HEADER);
        bytes.putInt(INFO_HEADER)
                .putInt(WIDTH)
                .putInt(HEIGHT)
                .putShort((short) 1)
                .putShort((short) BITS);
        bytes.putInt(0).putInt(pixels).putInt(0).putInt(0).putInt(0).putInt(0);
        while (bytes.hasRemaining()) {
            bytes.put((byte) sample.getAsInt());
        }
        return bytes.array();
    }
}
