package dev.firstpass.server.e2e;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/// Files that look like images and are none that can be read: made from good ones, so that only one thing is wrong.
final class BadImages {
    private static final int PNG_HEADER_DATA = 16;
    private static final int PNG_HEADER_CRC = 29;

    private BadImages() {}

    /// The first `part` of `parts` equal pieces.
    static byte[] cut(byte[] file, int part, int parts) {
        return Arrays.copyOf(file, Math.toIntExact((long) file.length * part / parts));
    }

    /// The same file with another size in its frame header.
    static byte[] jpegSized(byte[] jpeg, int width, int height) {
        byte[] changed = jpeg.clone();
        ByteBuffer.wrap(changed).putShort(frame(jpeg) + 5, (short) height).putShort(frame(jpeg) + 7, (short) width);
        return changed;
    }

    /// The same file, said to be coded by another process.
    ///
    /// @param process 9 is arithmetic coding
    static byte[] jpegCoded(byte[] jpeg, int process) {
        byte[] changed = jpeg.clone();
        changed[frame(jpeg) + 1] = (byte) (0xc0 + process);
        return changed;
    }

    /// Where the marker of the frame header, SOF0 or SOF2, begins.
    private static int frame(byte[] jpeg) {
        int at = 2;
        while (jpeg[at + 1] != (byte) 0xc0 && jpeg[at + 1] != (byte) 0xc2) {
            at += 2 + Short.toUnsignedInt(ByteBuffer.wrap(jpeg).getShort(at + 2));
        }
        return at;
    }

    /// The same file with another size in its header, whose check sum is right.
    static byte[] pngSized(byte[] png, int width, int height) {
        byte[] changed = png.clone();
        CRC32 crc = new CRC32();
        ByteBuffer.wrap(changed).putInt(PNG_HEADER_DATA, width).putInt(PNG_HEADER_DATA + 4, height);
        crc.update(changed, PNG_HEADER_DATA - 4, PNG_HEADER_CRC - PNG_HEADER_DATA + 4);
        ByteBuffer.wrap(changed).putInt(PNG_HEADER_CRC, (int) crc.getValue());
        return changed;
    }

    /// The same file with one bit changed.
    static byte[] flipped(byte[] file, int at) {
        byte[] changed = file.clone();
        changed[at] ^= 1;
        return changed;
    }

    /// Two frames.
    static byte[] animatedGif() {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("gif");
        ImageWriter writer = writers.next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            for (int frame = 0; frame < 2; frame++) {
                BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
                image.setRGB(frame, frame, 0xffffff);
                writer.writeToSequence(new IIOImage(image, null, null), null);
            }
            writer.endWriteSequence();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /// A good picture in another format that `ImageIO` writes.
    static byte[] written(String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB), format, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
