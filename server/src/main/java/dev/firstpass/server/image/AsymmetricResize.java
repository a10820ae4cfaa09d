package dev.firstpass.server.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// Bilinear resize whose pixel `i` reads the source at `i * sourceSide / side`, clamped at the far edge: TensorFlow
/// 1's `resize_bilinear`, ONNX `asymmetric`. The library's resize has pixel centres at .5 only.
///
/// The result is float on the 0..255 scale and not rounded, as in TensorFlow: first along the row, then down, in
/// single precision. Of the source only the rows that are read are converted, each at most once.
///
/// For one thread; one image per object.
final class AsymmetricResize {
    private static final float WIDE_TO_255 = 1 / 257f;

    private final MemorySegment source;
    private final long sourceStep;
    private final boolean wide;
    private final int sourceWidth;
    private final int sourceHeight;
    private final int bands;
    private final int width;
    private final int height;
    private final int[] leftOf;
    private final int[] rightOf;
    private final float[] fractionOf;
    private final byte[] line;

    private AsymmetricResize(Mat area, int width, int height) {
        this.wide = area.depth() == opencv_core.CV_16U;
        this.sourceWidth = area.cols();
        this.sourceHeight = area.rows();
        this.bands = area.channels();
        this.width = width;
        this.height = height;
        this.sourceStep = area.step();
        long lineBytes = (long) sourceWidth * area.elemSize();
        this.source =
                MemorySegment.ofAddress(area.data().address()).reinterpret(sourceStep * (sourceHeight - 1) + lineBytes);
        this.line = new byte[Math.toIntExact(lineBytes)];
        this.leftOf = new int[width * bands];
        this.rightOf = new int[width * bands];
        this.fractionOf = new float[width * bands];
        float scale = sourceWidth / (float) width;
        for (int x = 0; x < width; x++) {
            float at = x * scale;
            int left = Math.min((int) at, sourceWidth - 1);
            int right = Math.min(left + 1, sourceWidth - 1);
            for (int band = 0; band < bands; band++) {
                leftOf[x * bands + band] = left * bands + band;
                rightOf[x * bands + band] = right * bands + band;
                fractionOf[x * bands + band] = at - left;
            }
        }
    }

    /// An image of 32-bit floats, the bands as in `area`, which need not be continuous. The caller closes it.
    static Mat resize(Mat area, int width, int height, PixelMemory memory) {
        Mat resized = memory.take(
                PixelMemory.Use.RESIZED, height, width, opencv_core.CV_MAKETYPE(opencv_core.CV_32F, area.channels()));
        new AsymmetricResize(area, width, height).into(OpenCv.memory(resized));
        return resized;
    }

    private void into(MemorySegment target) {
        float[] upper = new float[width * bands];
        float[] lower = new float[width * bands];
        float[] out = new float[width * bands];
        int upperIs = -1;
        int lowerIs = -1;
        float scale = sourceHeight / (float) height;
        for (int y = 0; y < height; y++) {
            float at = y * scale;
            int top = Math.min((int) at, sourceHeight - 1);
            int bottom = Math.min(top + 1, sourceHeight - 1);
            if (top == lowerIs) {
                float[] swap = upper;
                upper = lower;
                lower = swap;
                lowerIs = upperIs;
                upperIs = top;
            }
            if (upperIs != top) {
                across(top, upper);
                upperIs = top;
            }
            if (lowerIs != bottom) {
                across(bottom, lower);
                lowerIs = bottom;
            }
            float fraction = at - top;
            for (int i = 0; i < out.length; i++) {
                out[i] = upper[i] + (lower[i] - upper[i]) * fraction;
            }
            MemorySegment.copy(out, 0, target, ValueLayout.JAVA_FLOAT, 4L * y * out.length, out.length);
        }
    }

    /// One source row, interpolated along itself.
    private void across(int row, float[] out) {
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, row * sourceStep, line, 0, line.length);
        for (int i = 0; i < out.length; i++) {
            float left = sample(leftOf[i]);
            float right = sample(rightOf[i]);
            out[i] = left + (right - left) * fractionOf[i];
        }
    }

    private float sample(int index) {
        if (!wide) {
            return line[index] & 0xff;
        }
        int low = line[2 * index] & 0xff;
        int high = line[2 * index + 1] & 0xff;
        return (high << 8 | low) * WIDE_TO_255;
    }
}
