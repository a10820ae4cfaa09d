package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import dev.firstpass.server.image.ImageHeader.Alpha;

/// Walks the RIFF chunks of a WebP file (RFC 9649): the frame's own header, the canvas, EXIF. Animations are not
/// read.
///
/// For one thread; one walk per object.
final class WebpWalk {
    private final ByteView in;
    private final ImageLimits limits;
    private long canvasWidth;
    private long canvasHeight;
    private long width;
    private long height;
    private boolean alpha;
    private Orientation orientation = Orientation.UPRIGHT;

    private WebpWalk(ByteView in, ImageLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    static ImageHeader read(byte[] bytes, ImageLimits limits) {
        ByteView file = ByteView.of("WebP", bytes, false);
        return new WebpWalk(file, limits).walk();
    }

    private ImageHeader walk() {
        long end = 8 + in.u32(4);
        for (long at = 12; at + 8 <= end; ) {
            long length = in.u32(at + 4);
            if (at + 8 + length > end) {
                throw new Truncated("WebP: a chunk of " + length + " bytes where " + (end - at - 8) + " are left");
            }
            chunk(at, length);
            in.require(at + 8, length);
            at += 8 + length + length % 2;
        }
        in.require(0, end);
        if (width == 0) {
            throw new Truncated("WebP: no image");
        }
        if (canvasWidth != 0 && (canvasWidth != width || canvasHeight != height)) {
            throw new Undecodable("WebP: an image of " + width + "x" + height + " on a canvas of " + canvasWidth + "x"
                    + canvasHeight + " (expected: the same)");
        }
        return new ImageHeader(
                ImageType.WEBP,
                new ImageSize((int) width, (int) height),
                3,
                8,
                alpha ? Alpha.STRAIGHT : Alpha.NONE,
                orientation);
    }

    private void chunk(long at, long length) {
        long body = at + 8;
        if (in.has(at, "VP8X")) {
            int flags = in.u8(body);
            if ((flags & 0x02) != 0) {
                throw new UnsupportedType("WebP: an animation (expected: a still image)");
            }
            canvasWidth = in.u24(body + 4) + 1L;
            canvasHeight = in.u24(body + 7) + 1L;
            limits.check(canvasWidth, canvasHeight, 4, 8);
        } else if (in.has(at, "VP8 ")) {
            if ((in.u8(body) & 1) != 0 || in.u24(body + 3) != 0x2a019d) {
                throw new Undecodable("WebP: no key frame (expected: one)");
            }
            frame(in.u16(body + 6) & 0x3fff, in.u16(body + 8) & 0x3fff);
            long firstPartition = in.u24(body) >> 5;
            if (firstPartition > length - 10) {
                throw new Truncated(
                        "WebP: " + length + " bytes of image (expected: at least " + (firstPartition + 10) + ")");
            }
        } else if (in.has(at, "VP8L")) {
            if (in.u8(body) != 0x2f) {
                throw new Undecodable("WebP: no lossless signature (expected: one)");
            }
            long sizes = in.u32(body + 1);
            frame((sizes & 0x3fff) + 1, (sizes >> 14 & 0x3fff) + 1);
            alpha = (sizes >> 28 & 1) == 1;
        } else if (in.has(at, "ALPH")) {
            alpha = true;
        } else if (in.has(at, "EXIF")) {
            in.require(body, length);
            orientation = ExifOrientation.read(in.slice(body, length, false));
        }
    }

    private void frame(long w, long h) {
        if (width != 0) {
            throw new Undecodable("WebP: two images (expected: one)");
        }
        if (w == 0 || h == 0) {
            throw new Undecodable("WebP: " + w + "x" + h + " pixels (expected: at least 1x1)");
        }
        limits.check(w, h, 4, 8);
        width = w;
        height = h;
    }
}
