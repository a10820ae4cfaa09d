package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import dev.firstpass.server.image.ImageHeader.Alpha;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.BitSet;

/// Walks the markers of a JPEG file from its start to its end-of-image marker (ITU-T T.81, annex B). Decoders fill
/// up with grey what a cut file lacks and report success; this walk is what makes that an error.
///
/// Checked: the frame header before anything else; that segments lie within the file (thumbnails inside APP1 are
/// passed over by length); that every component is scanned; that there is at least as much entropy-coded data as
/// the frame's blocks need at one bit per Huffman code; that there are not so many scans that decoding takes
/// forever; that the end-of-image marker is there. Bytes after it are ignored.
///
/// Not seen: coded data that was cut out of the middle or altered while the markers around it stayed.
///
/// For one thread; one walk per object. Cost: one pass over the bytes.
final class JpegWalk {
    /// Progressive encoders use about ten scans; each costs a pass over all blocks.
    private static final int MAX_SCANS = 200;

    /// How often the largest image allowed may be passed over; smaller ones may have more scans.
    private static final long MAX_PASSES = 20;

    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int APP1 = 0xe1;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteView in;
    private final ImageLimits limits;
    private final BitSet unscanned = new BitSet();
    private Orientation orientation = Orientation.UPRIGHT;
    private boolean exifSeen;
    private int width;
    private int height;
    private int components;
    private long leastCodedBits;
    private long codedBytes;
    private int scans;

    private JpegWalk(byte[] bytes, ImageLimits limits) {
        this.in = ByteView.of("JPEG", bytes, true);
        this.limits = limits;
    }

    static ImageHeader read(byte[] bytes, ImageLimits limits) {
        return new JpegWalk(bytes, limits).walk();
    }

    private ImageHeader walk() {
        long at = markerFrom(2);
        for (int marker = in.u8(at); marker != EOI; marker = in.u8(at)) {
            at++;
            if (!isBare(marker)) {
                int length = in.u16(at);
                if (length < 2) {
                    throw new Undecodable("JPEG: segment of length " + length + " (expected: >= 2)");
                }
                in.require(at, length);
                segment(marker, in.slice(at + 2, length - 2L, true));
                at += length;
            }
            long next = markerFrom(at);
            if (marker == SOS || isRestart(marker)) {
                codedBytes += next - 1 - at;
            }
            at = next;
        }
        checkComplete();
        return new ImageHeader(
                ImageType.JPEG, new ImageSize(width, height), components == 1 ? 1 : 3, 8, Alpha.NONE, orientation);
    }

    /// The position of the next marker's code, at or after `from`: stuffed zeros, fill bytes and stray bytes are
    /// passed over, as decoders do.
    private long markerFrom(long from) {
        byte[] bytes = in.bytes();
        int i = (int) from;
        while (i < bytes.length - 1) {
            if (i <= bytes.length - Long.BYTES && !hasFf((long) EIGHT.get(bytes, i))) {
                i += Long.BYTES;
            } else if (bytes[i] == (byte) 0xff && bytes[i + 1] != 0 && bytes[i + 1] != (byte) 0xff) {
                return i + 1L;
            } else {
                i++;
            }
        }
        throw new Truncated("JPEG: ends without its end-of-image marker");
    }

    /// Whether one of eight bytes is 0xff, which one in some 250 of coded data is.
    private static boolean hasFf(long eight) {
        return (~eight - 0x0101010101010101L & eight & 0x8080808080808080L) != 0;
    }

    private static boolean isRestart(int marker) {
        return marker >= 0xd0 && marker <= 0xd7;
    }

    private static boolean isBare(int marker) {
        return marker == 0x01 || isRestart(marker) || marker == SOI;
    }

    private void segment(int marker, ByteView body) {
        if (marker == APP1 && !exifSeen && body.has(0, "Exif\0\0")) {
            exifSeen = true;
            orientation = ExifOrientation.read(body);
        } else if (marker == SOS) {
            scan(body);
        } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            frame(marker, body);
        }
    }

    private void frame(int marker, ByteView body) {
        if (components != 0) {
            throw new Undecodable("JPEG: two frame headers (expected: one)");
        }
        if (marker > 0xc2) {
            throw new UnsupportedType(
                    "JPEG: coding process " + (marker - 0xc0) + " (expected: baseline or progressive)");
        }
        int precision = body.u8(0);
        if (precision != 8) {
            throw new UnsupportedType("JPEG: " + precision + " bits per sample (expected: 8)");
        }
        height = body.u16(1);
        width = body.u16(3);
        components = body.u8(5);
        if (width == 0 || height == 0) {
            throw new Undecodable("JPEG: " + width + "x" + height + " pixels (expected: at least 1x1)");
        }
        if (components != 1 && components != 3 && components != 4) {
            throw new Undecodable("JPEG: " + components + " components (expected: 1, 3 or 4)");
        }
        limits.check(width, height, components, 8);
        leastCodedBits = blocks(body) * (marker == 0xc2 ? 1 : 2);
    }

    /// The number of 8x8 blocks of all components, each of which takes a code for its first coefficient and, unless
    /// progressive, one that ends the block.
    private long blocks(ByteView body) {
        int maxH = 1;
        int maxV = 1;
        for (int i = 0; i < components; i++) {
            int sampling = body.u8(7 + 3L * i);
            int h = sampling >> 4;
            int v = sampling & 15;
            if (h < 1 || h > 4 || v < 1 || v > 4) {
                throw new Undecodable("JPEG: sampling factors " + h + "x" + v + " (expected: 1..4)");
            }
            maxH = Math.max(maxH, h);
            maxV = Math.max(maxV, v);
            unscanned.set(body.u8(6 + 3L * i));
        }
        long blocks = 0;
        for (int i = 0; i < components; i++) {
            int sampling = body.u8(7 + 3L * i);
            blocks += Math.ceilDiv((long) width * (sampling >> 4), 8L * maxH)
                    * Math.ceilDiv((long) height * (sampling & 15), 8L * maxV);
        }
        return blocks;
    }

    private void scan(ByteView body) {
        if (components == 0) {
            throw new Undecodable("JPEG: a scan before the frame header");
        }
        scans++;
        if (scans > MAX_SCANS || (long) scans * width * height > MAX_PASSES * limits.maxPixels()) {
            throw new Undecodable("JPEG: more than " + (scans - 1) + " scans of " + width + "x" + height + " pixels");
        }
        int count = body.u8(0);
        for (int i = 0; i < count; i++) {
            unscanned.clear(body.u8(1 + 2L * i));
        }
    }

    private void checkComplete() {
        if (components == 0 || scans == 0) {
            throw new Truncated("JPEG: no image before the end-of-image marker");
        }
        if (!unscanned.isEmpty()) {
            throw new Truncated("JPEG: " + unscanned.cardinality() + " components without a scan (expected: none)");
        }
        if (codedBytes * 8 < leastCodedBits) {
            throw new Truncated("JPEG: " + codedBytes + " bytes of coded data (expected: at least "
                    + Math.ceilDiv(leastCodedBits, 8L) + ")");
        }
    }
}
