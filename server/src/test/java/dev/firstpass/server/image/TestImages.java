package dev.firstpass.server.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/// Image files for tests: those in the resources, and small ones written here byte by byte.
final class TestImages {
    private TestImages() {}

    /// The value of a band at a pixel.
    @FunctionalInterface
    interface Samples {
        int at(int x, int y, int band);
    }

    /// A file of the test resources.
    static byte[] file(String name) {
        try (InputStream in = Objects.requireNonNull(TestImages.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The picture that all files show, as the JDK's own decoder reads it.
    static BufferedImage reference() {
        try {
            return ImageIO.read(new ByteArrayInputStream(file("base.png")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int red(int rgb) {
        return rgb >> 16 & 0xff;
    }

    static int green(int rgb) {
        return rgb >> 8 & 0xff;
    }

    static int blue(int rgb) {
        return rgb & 0xff;
    }

    /// A PNG chunk with its check sum.
    static byte[] chunk(String type, byte[] body) {
        CRC32 sum = new CRC32();
        sum.update(type.getBytes(StandardCharsets.US_ASCII));
        sum.update(body);
        return ByteBuffer.allocate(12 + body.length)
                .putInt(body.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(body)
                .putInt((int) sum.getValue())
                .array();
    }

    static byte[] pngHeader(int width, int height, int bits, int colorType) {
        byte[] body = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) bits)
                .put((byte) colorType)
                .array();
        return concat(PngWalk.SIGNATURE.getBytes(StandardCharsets.ISO_8859_1), chunk("IHDR", body));
    }

    /// A PNG of 8- or 16-bit samples.
    ///
    /// @param between chunks before the image data
    static byte[] png(int width, int height, int bits, int colorType, Samples samples, byte[]... between) {
        int bands = colorType == 0 || colorType == 3 ? 1 : colorType == 4 ? 2 : colorType == 6 ? 4 : 3;
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(data)) {
            for (int y = 0; y < height; y++) {
                deflated.write(0);
                for (int x = 0; x < width; x++) {
                    for (int band = 0; band < bands; band++) {
                        int value = samples.at(x, y, band);
                        if (bits == 16) {
                            deflated.write(value >> 8);
                        }
                        deflated.write(value);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] head = concat(between);
        return concat(
                pngHeader(width, height, bits, colorType),
                head,
                chunk("IDAT", data.toByteArray()),
                chunk("IEND", new byte[0]));
    }

    /// An EXIF block that says only which way is up.
    static byte[] exif(int orientation, boolean bigEndian) {
        ByteBuffer block = ByteBuffer.allocate(26).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        block.put((bigEndian ? "MM" : "II").getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 42)
                .putInt(8);
        block.putShort((short) 1)
                .putShort((short) 274)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0);
        return block.array();
    }

    /// The same JPEG with an APP1 segment right after its start.
    static byte[] withApp1(byte[] jpeg, byte[] body) {
        byte[] segment = ByteBuffer.allocate(4 + body.length)
                .putShort((short) 0xffe1)
                .putShort((short) (2 + body.length))
                .put(body)
                .array();
        return concat(Arrays.copyOf(jpeg, 2), segment, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    static byte[] withOrientation(byte[] jpeg, int orientation, boolean bigEndian) {
        return withApp1(jpeg, concat("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif(orientation, bigEndian)));
    }

    /// The same WebP with a canvas chunk before and an EXIF chunk after its image.
    static byte[] webpWithOrientation(byte[] webp, int width, int height, int orientation) {
        byte[] exif = exif(orientation, false);
        ByteBuffer out = ByteBuffer.allocate(webp.length + 18 + 8 + exif.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(out.capacity() - 8);
        out.put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(0x08);
        out.putShort((short) (width - 1))
                .put((byte) 0)
                .putShort((short) (height - 1))
                .put((byte) 0);
        out.put(webp, 12, webp.length - 12);
        out.put("EXIF".getBytes(StandardCharsets.US_ASCII)).putInt(exif.length).put(exif);
        return out.array();
    }

    /// A 32-bit bitmap of version 3 (no word on alpha) or 5 (with an alpha mask); the fourth byte is 0 or alpha.
    static byte[] bmp32(int width, int height, boolean alphaMask, Samples samples) {
        int headerSize = alphaMask ? 124 : 40;
        int offset = 14 + headerSize;
        ByteBuffer out = ByteBuffer.allocate(offset + 4 * width * height).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'B').put((byte) 'M').putInt(out.capacity()).putInt(0).putInt(offset);
        out.putInt(headerSize).putInt(width).putInt(-height).putShort((short) 1).putShort((short) 32);
        out.putInt(alphaMask ? 3 : 0);
        if (alphaMask) {
            out.putInt(54, 0xff0000).putInt(58, 0xff00).putInt(62, 0xff).putInt(66, 0xff000000);
        }
        out.position(offset);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int band : new int[] {2, 1, 0, 3}) {
                    out.put((byte) samples.at(x, y, band));
                }
            }
        }
        return out.array();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
