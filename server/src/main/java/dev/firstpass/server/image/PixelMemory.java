package dev.firstpass.server.image;

import org.bytedeco.opencv.opencv_core.Mat;

/// Where the pixels of an image lie on their way from its bytes to its rows.
sealed interface PixelMemory permits PixelMemory.Fresh, PixelBuffers {
    /// New memory for each matrix, which goes with it.
    PixelMemory FRESH = new Fresh();

    /// What a matrix is for. Of each there is one at a time.
    enum Use {
        /// The bytes of the file.
        ENCODED,
        /// As decoded.
        STORED,
        /// Turned by EXIF.
        UPRIGHT,
        /// At the row's size.
        RESIZED,
        /// The bands of that, each by itself.
        BANDS
    }

    /// A continuous matrix with undefined contents; the caller closes it before the next one for the same use is taken.
    Mat take(Use use, int rows, int columns, int type);

    /// Thread-safe.
    record Fresh() implements PixelMemory {
        @Override
        public Mat take(Use use, int rows, int columns, int type) {
            return new Mat(rows, columns, type);
        }
    }
}
