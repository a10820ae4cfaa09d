package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import org.bytedeco.opencv.global.opencv_imgcodecs;

/// By what the sides of a JPEG are divided while it is decoded.
enum Reduction {
    NONE(1),
    HALF(2),
    QUARTER(4),
    EIGHTH(8);

    private final int divisor;

    Reduction(int divisor) {
        this.divisor = divisor;
    }

    /// @throws IllegalArgumentException if it is none of 1, 2, 4 and 8
    static Reduction of(int divisor) {
        return switch (divisor) {
            case 1 -> NONE;
            case 2 -> HALF;
            case 4 -> QUARTER;
            case 8 -> EIGHTH;
            default -> throw new IllegalArgumentException("reduction: " + divisor + " (expected: 1, 2, 4 or 8)");
        };
    }

    /// The size that an image is decoded to; parts of a pixel count as one, as libjpeg has it.
    ImageSize of(ImageSize stored) {
        return new ImageSize(Math.ceilDiv(stored.width(), divisor), Math.ceilDiv(stored.height(), divisor));
    }

    /// What the library is told: pixels as stored, not turned.
    int flags(boolean gray) {
        int reduced = switch (this) {
            case NONE -> opencv_imgcodecs.IMREAD_UNCHANGED;
            case HALF -> gray ? opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2 : opencv_imgcodecs.IMREAD_REDUCED_COLOR_2;
            case QUARTER ->
                gray ? opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4 : opencv_imgcodecs.IMREAD_REDUCED_COLOR_4;
            case EIGHTH -> gray ? opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8 : opencv_imgcodecs.IMREAD_REDUCED_COLOR_8;
        };
        return this == NONE ? reduced : reduced | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
    }
}
