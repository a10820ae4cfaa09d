package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.Truncated;

/// Reads the orientation out of an EXIF block, which is a TIFF file in small.
///
/// A broken block is no reason to refuse a photo: whatever cannot be read counts as upright, as every viewer has
/// it. Only the first directory is looked at, so a chain of directories that bites its tail costs nothing.
final class ExifOrientation {
    private static final int TAG = 274;

    private ExifOrientation() {}

    /// @param block from its byte-order mark on, or from the `Exif` prefix that some writers put before it
    static Orientation read(ByteView block) {
        try {
            long at = block.has(0, "Exif\0\0") ? 6 : 0;
            boolean bigEndian = block.has(at, "MM");
            if (!bigEndian && !block.has(at, "II")) {
                return Orientation.UPRIGHT;
            }
            return first(block.slice(at, block.length() - at, bigEndian));
        } catch (Truncated _) {
            return Orientation.UPRIGHT;
        }
    }

    private static Orientation first(ByteView tiff) {
        long directory = tiff.u32(4);
        int entries = tiff.u16(directory);
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (tiff.u16(entry) == TAG) {
                return Orientation.ofTag(
                        tiff.u16(entry + 2) == TiffDirectory.LONG ? tiff.u32(entry + 8) : tiff.u16(entry + 8));
            }
        }
        return Orientation.UPRIGHT;
    }
}
