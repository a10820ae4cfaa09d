package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;

/// The decoded pixels of an asset: upright, opaque, with the bands and the sample type of the file kept (8 or 16
/// bits, one band of grey, three of colour, or as many as a multi-band TIFF has).
///
/// Owns native memory of `width x height x bands x bitsPerSample / 8` bytes until it is closed; whoever got it from
/// [ImageDecoder] closes it. For one thread at a time.
public final class Raster implements AutoCloseable {
    private final Mat mat;
    private final ImageSize size;

    /// Takes over `mat`: continuous, of unsigned 8- or 16-bit samples; three bands are in the order blue, green,
    /// red, any other number in the file's order.
    Raster(Mat mat) {
        this(mat, new ImageSize(mat.cols(), mat.rows()));
    }

    /// The same for pixels that were decoded at a part of the asset's size, which are for whole rows alone.
    Raster(Mat mat, ImageSize size) {
        this.mat = mat;
        this.size = size;
    }

    /// A raster of pixels that were decoded elsewhere.
    ///
    /// @param bgr blue, green, red of each pixel, row by row; copied
    /// @return closed by the caller
    public static Raster ofBgr(ImageSize size, byte[] bgr) {
        OpenCv.ready();
        if (bgr.length != size.pixels() * 3) {
            throw new IllegalArgumentException("bgr: " + bgr.length + " bytes (expected: 3 for each of " + size + ")");
        }
        Mat mat = new Mat(size.height(), size.width(), opencv_core.CV_8UC3);
        MemorySegment.copy(MemorySegment.ofArray(bgr), 0, OpenCv.memory(mat), 0, bgr.length);
        return new Raster(mat);
    }

    /// The asset's, whatever size it was decoded at.
    public ImageSize size() {
        return size;
    }

    /// Whether there are fewer pixels than [#size] says.
    boolean isReduced() {
        return mat.cols() != size.width() || mat.rows() != size.height();
    }

    public int bands() {
        return mat.channels();
    }

    /// 8 or 16.
    public int bitsPerSample() {
        return mat.depth() == opencv_core.CV_16U ? 16 : 8;
    }

    /// The value at column `x` and row `y`. Bands count in the order red, green, blue where there are three, else in
    /// the file's. Slow: for looking at single pixels.
    int sample(int x, int y, int band) {
        int stored = bands() == 3 ? 2 - band : band;
        long index = ((long) y * mat.cols() + x) * bands() + stored;
        MemorySegment memory = OpenCv.memory(mat);
        return bitsPerSample() == 16
                ? memory.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index) & 0xffff
                : memory.get(ValueLayout.JAVA_BYTE, index) & 0xff;
    }

    Mat mat() {
        return mat;
    }

    /// Which bands are red, green and blue: the same one three times where there is but grey (with or without a
    /// second measurement), the first three of a multi-band image.
    int[] colorBands() {
        return switch (bands()) {
            case 1, 2 -> new int[] {0, 0, 0};
            case 3 -> new int[] {2, 1, 0};
            default -> new int[] {0, 1, 2};
        };
    }

    /// A copy as 8-bit blue, green, red, for pictures; 16-bit samples become value / 257, rounded. The caller
    /// closes it.
    Mat toBgr8() {
        Mat eightBit = new Mat();
        mat.convertTo(eightBit, opencv_core.CV_8U, bitsPerSample() == 16 ? 1 / 257.0 : 1, 0);
        if (bands() == 3) {
            return eightBit;
        }
        try (eightBit;
                Mat red = new Mat();
                Mat green = new Mat();
                Mat blue = new Mat()) {
            int[] color = colorBands();
            opencv_core.extractChannel(eightBit, red, color[0]);
            if (color[1] == color[0]) {
                Mat bgr = new Mat();
                opencv_imgproc.cvtColor(red, bgr, opencv_imgproc.COLOR_GRAY2BGR);
                return bgr;
            }
            opencv_core.extractChannel(eightBit, green, color[1]);
            opencv_core.extractChannel(eightBit, blue, color[2]);
            return merged(blue, green, red);
        }
    }

    private static Mat merged(Mat... planes) {
        try (MatVector vector = new MatVector(planes)) {
            Mat merged = new Mat();
            opencv_core.merge(vector, merged);
            return merged;
        }
    }

    /// Frees the pixels. A second call does nothing.
    @Override
    public void close() {
        mat.close();
    }
}
