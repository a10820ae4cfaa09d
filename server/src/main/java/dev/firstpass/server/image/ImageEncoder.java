package dev.firstpass.server.image;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/// From pixels to the bytes of a picture.
///
/// Pure functions.
public final class ImageEncoder {
    private static final int PNG_COMPRESSION = 3;

    /// At which lines of a pixel and letters of ten show no rings around them.
    private static final int DRAWING_QUALITY = 88;

    private ImageEncoder() {}

    /// A JPEG for a page: 8 bits, colour, without metadata, scaled down so that no side is over `maxSide`; never
    /// enlarged.
    ///
    /// @param quality 1..100
    public static byte[] thumbnail(Raster raster, int maxSide, int quality) {
        double longest = Math.max(raster.size().width(), raster.size().height());
        double scale = Math.min(1, maxSide / longest);
        int width = (int) Math.max(1, Math.rint(raster.size().width() * scale));
        int height = (int) Math.max(1, Math.rint(raster.size().height() * scale));
        try (Mat full = raster.toBgr8();
                Mat small = new Mat();
                Size size = new Size(width, height)) {
            opencv_imgproc.resize(full, small, size, 0, 0, opencv_imgproc.INTER_AREA);
            return encoded(small, ".jpg", opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality);
        }
    }

    /// A PNG of the raster as 8-bit colour.
    public static byte[] png(Raster raster) {
        try (Mat bgr = raster.toBgr8()) {
            return png(bgr);
        }
    }

    static byte[] png(Mat bgr) {
        return encoded(bgr, ".png", opencv_imgcodecs.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION);
    }

    /// A JPEG of a drawing: its colours are as fine as its pixels.
    static byte[] jpeg(Mat bgr) {
        return encoded(
                bgr,
                ".jpg",
                opencv_imgcodecs.IMWRITE_JPEG_QUALITY,
                DRAWING_QUALITY,
                opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR,
                opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_444);
    }

    static byte[] encoded(Mat image, String extension, int... parameters) {
        try (BytePointer bytes = new BytePointer();
                IntPointer settings = new IntPointer(parameters)) {
            if (!opencv_imgcodecs.imencode(extension, image, bytes, settings)) {
                throw new IllegalStateException("picture: cannot be encoded as " + extension);
            }
            byte[] copy = new byte[Math.toIntExact(bytes.limit())];
            bytes.get(copy);
            return copy;
        }
    }
}
