package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageHeader.Alpha;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Walks the chunks of a PNG file from its signature to IEND (W3C PNG, third edition).
///
/// Checked: the header before anything else; lengths; check sums of the chunks that matter; that there is a palette
/// where one is needed; that there is enough image data to inflate to the pixels announced, deflate giving at most
/// 1032 bytes for one. Bytes after IEND are ignored. Of an animation the still image is taken.
///
/// For one thread; one walk per object. Cost: one pass over the bytes.
final class PngWalk {
    static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";

    /// The most that deflate can expand: 258 bytes from two bits.
    private static final long DEFLATE_RATIO = 1032;

    private final ByteView in;
    private final ImageLimits limits;
    private int width;
    private int height;
    private int bits;
    private int colorType = -1;
    private boolean interlaced;
    private boolean palette;
    private boolean transparency;
    private long dataBytes;
    private Orientation orientation = Orientation.UPRIGHT;

    private PngWalk(byte[] bytes, ImageLimits limits) {
        this.in = ByteView.of("PNG", bytes, true);
        this.limits = limits;
    }

    static ImageHeader read(byte[] bytes, ImageLimits limits) {
        PngWalk walk = new PngWalk(bytes, limits);
        walk.walk();
        return walk.header();
    }

    /// The same file with nothing but what makes the pixels: header, palette, transparency, image data. So a
    /// decoder sees the still image of an animation, and never reads a profile or a comment, which have their own
    /// ways to be hostile.
    ///
    /// @param bytes walked before without a complaint
    static byte[] essential(byte[] bytes) {
        PngWalk walk = new PngWalk(bytes, ImageLimits.DEFAULT);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        out.write(bytes, 0, SIGNATURE.length());
        String type = "";
        for (long at = SIGNATURE.length(); !type.equals("IEND"); at += walk.chunkLength(at)) {
            type = walk.type(at);
            if (isCritical(type) || type.equals("tRNS")) {
                out.write(bytes, (int) at, (int) walk.chunkLength(at));
            }
        }
        return out.toByteArray();
    }

    private static boolean isCritical(String type) {
        return (type.charAt(0) & 0x20) == 0;
    }

    /// Length of the whole chunk at `at`: length, type, body and check sum.
    private long chunkLength(long at) {
        return 12 + in.u32(at);
    }

    private String type(long at) {
        in.require(at + 4, 4);
        return new String(in.bytes(), (int) at + 4, 4, StandardCharsets.ISO_8859_1);
    }

    private void walk() {
        long at = SIGNATURE.length();
        for (boolean first = true; ; first = false) {
            String type = type(at);
            long length = in.u32(at);
            if (first != type.equals("IHDR")) {
                throw new Undecodable("PNG: " + (first ? "does not begin with a header" : "two headers"));
            }
            if (first) {
                // Before the check of its sum and its bounds: the pixel budget comes first.
                header(in.slice(at + 8, 13, true));
            }
            in.require(at, 12 + length);
            if (isCritical(type) || type.equals("eXIf")) {
                checkSum(at, length, type);
            }
            chunk(type, in.slice(at + 8, length, true));
            if (type.equals("IEND")) {
                return;
            }
            at += 12 + length;
        }
    }

    private void checkSum(long at, long length, String type) {
        CRC32 sum = new CRC32();
        sum.update(in.bytes(), (int) at + 4, (int) length + 4);
        if (sum.getValue() != in.u32(at + 8 + length)) {
            throw new Undecodable("PNG: wrong check sum of chunk " + printable(type));
        }
    }

    private void chunk(String type, ByteView body) {
        switch (type) {
            case "IHDR" -> {
                if (body.length() != 13) {
                    throw new Undecodable("PNG: header of " + body.length() + " bytes (expected: 13)");
                }
            }
            case "PLTE" -> palette = body.length() > 0 && body.length() % 3 == 0;
            case "IDAT" -> dataBytes += body.length();
            case "tRNS" -> transparency = colorType == 3;
            case "eXIf" -> orientation = ExifOrientation.read(body);
            case "IEND" -> complete();
            default -> {
                if (isCritical(type)) {
                    throw new Undecodable("PNG: unknown critical chunk " + printable(type));
                }
            }
        }
    }

    private static String printable(String type) {
        return type.chars().allMatch(c -> c >= 'A' && c <= 'z') ? type : "of no valid type";
    }

    private void header(ByteView body) {
        long w = body.u32(0);
        long h = body.u32(4);
        bits = body.u8(8);
        colorType = body.u8(9);
        interlaced = body.u8(12) == 1;
        if (w == 0 || h == 0 || w > Integer.MAX_VALUE || h > Integer.MAX_VALUE) {
            throw new Undecodable("PNG: " + w + "x" + h + " pixels (expected: at least 1x1)");
        }
        boolean known = switch (colorType) {
            case 0 -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
            case 3 -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
            case 2, 4, 6 -> bits == 8 || bits == 16;
            default -> false;
        };
        if (!known || body.u8(10) != 0 || body.u8(11) != 0 || body.u8(12) > 1) {
            throw new Undecodable("PNG: colour type " + colorType + " with " + bits + " bits is not defined");
        }
        limits.check(w, h, decodedBands(), bits);
        width = (int) w;
        height = (int) h;
    }

    private int decodedBands() {
        return switch (colorType) {
            case 0 -> 1;
            case 4, 6 -> 4;
            default -> 3;
        };
    }

    private void complete() {
        int samples = switch (colorType) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        long rowBytes = Math.ceilDiv((long) width * samples * bits, 8L);
        // One filter byte per row; the passes of an interlaced image are rounded up apart, never down.
        long raw = rowBytes * height + (interlaced ? 0 : height);
        if (dataBytes * DEFLATE_RATIO < raw) {
            throw new Truncated("PNG: " + dataBytes + " bytes of image data (expected: at least "
                    + Math.ceilDiv(raw, DEFLATE_RATIO) + ")");
        }
        if (colorType == 3 && !palette) {
            throw new Undecodable("PNG: no palette (expected: one)");
        }
    }

    private ImageHeader header() {
        boolean alpha = transparency || colorType == 4 || colorType == 6;
        return new ImageHeader(
                ImageType.PNG,
                new ImageSize(width, height),
                alpha || colorType != 0 ? 3 : 1,
                bits == 16 ? 16 : 8,
                alpha ? Alpha.STRAIGHT : Alpha.NONE,
                orientation);
    }
}
