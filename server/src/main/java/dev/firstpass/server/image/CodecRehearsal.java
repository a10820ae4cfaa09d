package dev.firstpass.server.image;

import java.util.Locale;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;

/// Decodes a tiny image of each type, so that whatever decoding opens is open from then on.
///
/// Pure functions.
public final class CodecRehearsal {
    private static final int SIDE = 4;

    private CodecRehearsal() {}

    /// Takes some ten milliseconds, and what loading the libraries takes.
    ///
    /// @throws IllegalStateException if a type is not decoded to what was encoded, in size
    public static void run(ImageDecoder decoder) {
        OpenCv.ready();
        try (Scalar grey = new Scalar(128, 128, 128, 0);
                Mat image = new Mat(SIDE, SIDE, opencv_core.CV_8UC3, grey)) {
            for (ImageType type : ImageType.values()) {
                byte[] bytes = ImageEncoder.encoded(image, "." + type.name().toLowerCase(Locale.ROOT));
                try (Raster raster = decoder.decode(bytes)) {
                    if (raster.size().width() != SIDE) {
                        throw new IllegalStateException(type + ": " + raster.size());
                    }
                }
            }
        }
    }
}
