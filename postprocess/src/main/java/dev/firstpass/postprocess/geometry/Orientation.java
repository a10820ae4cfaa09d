package dev.firstpass.postprocess.geometry;

/// The eight ways a stored image may have to be turned to stand upright: TIFF tag 274, as EXIF uses it. Each
/// constant says what is done to the stored pixels; turns are clockwise as seen.
///
/// Immutable.
public enum Orientation {
    UPRIGHT(1),
    MIRRORED(2),
    ROTATE_180(3),
    FLIPPED(4),
    TRANSPOSE(5),
    ROTATE_90(6),
    TRANSVERSE(7),
    ROTATE_270(8);

    private final int tag;

    Orientation(int tag) {
        this.tag = tag;
    }

    /// The value of tag 274 that means this, 1..8.
    public int tag() {
        return tag;
    }

    /// The orientation for a tag's value; what is out of 1..8 counts as upright, as every viewer has it.
    public static Orientation ofTag(long value) {
        return value >= 1 && value <= 8 ? values()[(int) value - 1] : UPRIGHT;
    }

    /// Whether width and height change places.
    public boolean swapsSides() {
        return tag >= 5;
    }

    /// Size of the upright image, given that of the stored one.
    public ImageSize upright(ImageSize stored) {
        return swapsSides() ? new ImageSize(/* width= */ stored.height(), /* height= */ stored.width()) : stored;
    }
}
