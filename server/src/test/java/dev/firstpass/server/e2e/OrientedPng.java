package dev.firstpass.server.e2e;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/// Stores an upright image in one of EXIF's eight orientations: the pixels turned, and an eXIf chunk that says how
/// to turn them back. PNG, so that no pixel changes on the way.
final class OrientedPng {
    private static final int SIGNATURE_AND_HEADER = 8 + 25;

    private OrientedPng() {}

    static byte[] encode(BufferedImage upright, int orientation) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        ImageIO.write(stored(upright, orientation), "png", plain);
        byte[] png = plain.toByteArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(png, 0, SIGNATURE_AND_HEADER);
        out.write(chunk("eXIf", exif(orientation)));
        out.write(png, SIGNATURE_AND_HEADER, png.length - SIGNATURE_AND_HEADER);
        return out.toByteArray();
    }

    /// EXIF 2.32, tag 0x0112: which side of the scene the stored rows and columns begin at.
    private static BufferedImage stored(BufferedImage upright, int orientation) {
        int width = upright.getWidth();
        int height = upright.getHeight();
        boolean swapped = orientation >= 5;
        BufferedImage stored =
                new BufferedImage(swapped ? height : width, swapped ? width : height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int right = width - 1 - x;
                int bottom = height - 1 - y;
                int rgb = upright.getRGB(x, y);
                switch (orientation) {
                    case 1 -> stored.setRGB(x, y, rgb);
                    case 2 -> stored.setRGB(right, y, rgb);
                    case 3 -> stored.setRGB(right, bottom, rgb);
                    case 4 -> stored.setRGB(x, bottom, rgb);
                    case 5 -> stored.setRGB(y, x, rgb);
                    case 6 -> stored.setRGB(y, right, rgb);
                    case 7 -> stored.setRGB(bottom, right, rgb);
                    case 8 -> stored.setRGB(bottom, x, rgb);
                    default -> throw new IllegalArgumentException("orientation: " + orientation);
                }
            }
        }
        return stored;
    }

    private static byte[] exif(int orientation) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeBytes("MM");
        out.writeShort(42);
        out.writeInt(8);
        out.writeShort(1);
        out.writeShort(0x0112);
        out.writeShort(3);
        out.writeInt(1);
        out.writeShort(orientation);
        out.writeShort(0);
        out.writeInt(0);
        return bytes.toByteArray();
    }

    private static byte[] chunk(String type, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(content.length);
        out.writeBytes(type);
        out.write(content);
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(content);
        out.writeInt((int) crc.getValue());
        return bytes.toByteArray();
    }
}
