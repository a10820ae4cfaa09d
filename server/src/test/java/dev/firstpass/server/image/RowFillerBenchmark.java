package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_dnn;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/// Not a test: prints how long a letterboxed 640 x 640 float row takes here, and by OpenCV's own chain of resize,
/// border and `blobFromImage`. Medians on one thread; run it where nothing else runs.
final class RowFillerBenchmark {
    private static final int SIDE = 640;
    private static final int WARM_UP = 200;
    private static final int RUNS = 300;

    private RowFillerBenchmark() {}

    public static void main(String[] args) {
        for (ImageSize size : List.of(new ImageSize(640, 360), new ImageSize(1920, 1080), new ImageSize(4000, 3000))) {
            byte[] png = TestImages.png(size.width(), size.height(), 8, 2, (x, y, band) -> x + 3 * y + 70 * band);
            try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(png);
                    Arena arena = Arena.ofConfined()) {
                MemorySegment row = arena.allocate(4L * 3 * SIDE * SIDE);
                double half = median(
                        () -> RowFiller.fill(raster, spec(InputSpec.Sampling.HALF_PIXEL), Optional.empty(), row));
                double asymmetric = median(
                        () -> RowFiller.fill(raster, spec(InputSpec.Sampling.ASYMMETRIC), Optional.empty(), row));
                double library = median(() -> library(raster.mat()));
                System.out.printf(
                        Locale.ROOT,
                        "%dx%d: row %.2f ms, asymmetric %.2f ms, OpenCV chain %.2f ms, ratio %.2f%n",
                        size.width(),
                        size.height(),
                        half,
                        asymmetric,
                        library,
                        library / half);
            }
        }
    }

    private static InputSpec spec(InputSpec.Sampling sampling) {
        return new InputSpec(
                "images",
                new SizeRule.Fixed(new ImageSize(SIDE, SIDE)),
                InputSpec.Resize.LETTERBOX,
                sampling,
                114,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1 / 255.0,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }

    private static void library(Mat image) {
        double ratio = Math.min((double) SIDE / image.cols(), (double) SIDE / image.rows());
        int width = (int) Math.rint(image.cols() * ratio);
        int height = (int) Math.rint(image.rows() * ratio);
        int top = (SIDE - height) / 2;
        int left = (SIDE - width) / 2;
        try (Mat resized = new Mat();
                Mat padded = new Mat();
                Size size = new Size(width, height);
                Size square = new Size(SIDE, SIDE);
                Scalar gray = Scalar.all(114);
                Scalar none = Scalar.all(0)) {
            opencv_imgproc.resize(image, resized, size, 0, 0, opencv_imgproc.INTER_LINEAR);
            opencv_core.copyMakeBorder(
                    resized,
                    padded,
                    top,
                    SIDE - height - top,
                    left,
                    SIDE - width - left,
                    opencv_core.BORDER_CONSTANT,
                    gray);
            opencv_dnn
                    .blobFromImage(padded, 1 / 255.0, square, none, true, false, opencv_core.CV_32F)
                    .close();
        }
    }

    private static double median(Runnable work) {
        for (int i = 0; i < WARM_UP; i++) {
            work.run();
        }
        long[] nanos = new long[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            work.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos[RUNS / 2] / 1e6;
    }
}
