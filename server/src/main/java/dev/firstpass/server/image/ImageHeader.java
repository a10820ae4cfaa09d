package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;

/// What an image says of itself, read without decoding it.
///
/// Immutable.
///
/// @param storedSize as the pixels lie in the file, before they are turned upright
/// @param bands of the [Raster] it decodes to: 1 grey, 3 colour, otherwise the bands of a multi-band TIFF; CMYK and
///     palettes count 3, and alpha is not counted because decoding blends it away
/// @param bitsPerSample of the [Raster]: 8, or 16 where the file has more than 8
public record ImageHeader(
        ImageType type, ImageSize storedSize, int bands, int bitsPerSample, Alpha alpha, Orientation orientation) {
    /// How a file's alpha band relates to its colours.
    public enum Alpha {
        NONE,
        /// Colours are as they would be without transparency.
        STRAIGHT,
        /// Colours were multiplied by alpha already.
        PREMULTIPLIED
    }

    /// Size of the decoded, upright image: the frame that all coordinates refer to.
    public ImageSize uprightSize() {
        return orientation.upright(storedSize);
    }

    ImageHeader withOrientation(Orientation other) {
        return new ImageHeader(type, storedSize, bands, bitsPerSample, alpha, other);
    }
}
