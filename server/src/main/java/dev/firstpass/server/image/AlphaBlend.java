package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageHeader.Alpha;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// Blends an image with an alpha band over white, on its stored (gamma-coded) sample values, as browsers do:
///
/// straight `c * a + max * (1 - a)`, premultiplied `c + max * (1 - a)`, with a in 0..1 and rounding to nearest.
///
/// White, because that is what a labeler sees behind a transparent picture on an ordinary page.
final class AlphaBlend {
    private static final ValueLayout.OfShort SAMPLE_16 = ValueLayout.JAVA_SHORT_UNALIGNED;

    private AlphaBlend() {}

    /// A new image without the last band, which is alpha. The caller closes both.
    static Mat overWhite(Mat image, Alpha alpha) {
        int bands = image.channels() - 1;
        Mat blended = new Mat(image.rows(), image.cols(), opencv_core.CV_MAKETYPE(image.depth(), bands));
        boolean wide = image.depth() == opencv_core.CV_16U;
        MemorySegment from = OpenCv.memory(image);
        MemorySegment to = OpenCv.memory(blended);
        long pixels = (long) image.rows() * image.cols();
        long max = wide ? 65_535 : 255;
        long read = 0;
        long written = 0;
        for (long i = 0; i < pixels; i++) {
            long a = sample(from, read + bands, wide);
            long white = (max - a) * max;
            for (int band = 0; band < bands; band++) {
                long c = sample(from, read + band, wide);
                long sum = alpha == Alpha.STRAIGHT ? c * a + white : c * max + white;
                long value = Math.min(max, (sum + max / 2) / max);
                if (wide) {
                    to.setAtIndex(SAMPLE_16, written + band, (short) value);
                } else {
                    to.set(ValueLayout.JAVA_BYTE, written + band, (byte) value);
                }
            }
            read += bands + 1;
            written += bands;
        }
        return blended;
    }

    private static long sample(MemorySegment samples, long index, boolean wide) {
        return wide ? samples.getAtIndex(SAMPLE_16, index) & 0xffff : samples.get(ValueLayout.JAVA_BYTE, index) & 0xff;
    }
}
