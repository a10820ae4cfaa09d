package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.TooManyPixels;

/// How large an image may be, checked on its header before anything is allocated for its pixels.
///
/// Immutable.
///
/// @param maxPixels most pixels, width times height
/// @param maxBytesDecoded most bytes of decoded samples: pixels x bands x sample size
/// @param maxSide longest side in pixels
public record ImageLimits(long maxPixels, long maxBytesDecoded, int maxSide) {
    /// 100 megapixels, 512 MiB of samples, sides up to what JPEG can say.
    public static final ImageLimits DEFAULT = new ImageLimits(100_000_000, 512L << 20, 65_535);

    public ImageLimits {
        if (maxPixels < 1 || maxBytesDecoded < 1 || maxSide < 1) {
            throw new IllegalArgumentException("image limits: " + maxPixels + " pixels, " + maxBytesDecoded
                    + " bytes, side " + maxSide + " (expected: all >= 1)");
        }
    }

    /// Refuses what a header announces when it is over a limit. Sides may be any number; the arithmetic does not
    /// overflow.
    ///
    /// @throws TooManyPixels if so
    void check(long width, long height, int bands, int bitsPerSample) {
        if (width > maxSide || height > maxSide || width * height > maxPixels) {
            throw new TooManyPixels("image: " + width + "x" + height + " pixels (expected: at most " + maxPixels
                    + ", no side over " + maxSide + ")");
        }
        long bytes = width * height * bands * Math.max(1, bitsPerSample / 8);
        if (bytes > maxBytesDecoded) {
            throw new TooManyPixels("image: " + bytes + " bytes of pixels (expected: at most " + maxBytesDecoded + ")");
        }
    }
}
