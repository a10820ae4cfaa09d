package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import dev.firstpass.server.image.ImageHeader.Alpha;

/// Reads the headers of a Windows bitmap and checks that its pixels are all there: by arithmetic where they are
/// plain, by a walk to the end-of-bitmap code where they are run-length coded.
///
/// The fourth byte of a 32-bit pixel is alpha only where the header has a mask for it (version 4 on, or the alpha
/// variant of the third); elsewhere it is reserved and often 0, which must not make the image invisible.
final class BmpWalk {
    private static final int RGB = 0;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int BITFIELDS = 3;
    private static final int ALPHA_BITFIELDS = 6;

    private BmpWalk() {}

    static ImageHeader read(byte[] bytes, ImageLimits limits) {
        ByteView in = ByteView.of("BMP", bytes, false);
        long headerSize = in.u32(14);
        if (headerSize != 12 && (headerSize < 40 || headerSize > 124)) {
            throw new Undecodable("BMP: header of " + headerSize + " bytes (expected: 12, or 40..124)");
        }
        boolean core = headerSize == 12;
        long width = core ? in.u16(18) : in.i32(18);
        long height = core ? in.u16(20) : Math.abs((long) in.i32(22));
        int bits = in.u16(core ? 24 : 28);
        long compression = core ? RGB : in.u32(30);
        if (width < 1 || height < 1) {
            throw new Undecodable("BMP: " + width + "x" + height + " pixels (expected: at least 1x1)");
        }
        limits.check(width, height, 4, 8);
        checkVariant(bits, compression);
        in.require(14, headerSize);
        long pixels = in.u32(10);
        if (compression == RLE8 || compression == RLE4) {
            checkRuns(in, pixels, bits);
        } else {
            long stride = Math.ceilDiv(width * bits, 32L) * 4;
            in.require(pixels, stride * height);
        }
        Alpha alpha = bits == 32 && hasAlphaMask(in, headerSize, compression) ? Alpha.STRAIGHT : Alpha.NONE;
        return new ImageHeader(
                ImageType.BMP, new ImageSize((int) width, (int) height), 3, 8, alpha, Orientation.UPRIGHT);
    }

    private static void checkVariant(int bits, long compression) {
        boolean known = switch (bits) {
            case 1, 24 -> compression == RGB;
            case 4 -> compression == RGB || compression == RLE4;
            case 8 -> compression == RGB || compression == RLE8;
            case 16, 32 -> compression == RGB || compression == BITFIELDS || compression == ALPHA_BITFIELDS;
            default -> false;
        };
        if (!known) {
            throw new UnsupportedType("BMP: " + bits + " bits with compression " + compression
                    + " (expected: plain, run lengths or bit fields)");
        }
    }

    private static boolean hasAlphaMask(ByteView in, long headerSize, long compression) {
        boolean hasField = headerSize >= 56 || compression == ALPHA_BITFIELDS;
        return hasField && in.u32(66) != 0;
    }

    private static void checkRuns(ByteView in, long from, int bits) {
        long at = from;
        while (true) {
            int count = in.u8(at);
            int value = in.u8(at + 1);
            at += 2;
            if (count == 0 && value == 1) {
                return;
            }
            if (count == 0 && value == 2) {
                at += 2;
            } else if (count == 0 && value > 2) {
                int length = bits == 8 ? value : (value + 1) / 2;
                at += length + length % 2;
            }
        }
    }
}
