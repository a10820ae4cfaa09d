package dev.firstpass.postprocess.geometry;

/// Width and height in whole pixels, both at least 1.
///
/// Immutable.
public record ImageSize(int width, int height) {
    public ImageSize {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("size: " + width + "x" + height + " (expected: at least 1x1)");
        }
    }

    public long pixels() {
        return (long) width * height;
    }
}
