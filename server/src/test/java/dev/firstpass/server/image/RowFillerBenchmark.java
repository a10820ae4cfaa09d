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
/// border and `blobFromImage`; and what share of it is the resize alone, which both need. Medians on one thread of
/// runs that take turns; run it where nothing else runs.
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
                double[] millis = medians(
                        () -> RowFiller.fill(raster, spec(InputSpec.Sampling.HALF_PIXEL), Optional.empty(), row),
                        () -> RowFiller.fill(raster, spec(InputSpec.Sampling.ASYMMETRIC), Optional.empty(), row),
                        () -> library(raster.mat()),
                        () -> resized(raster.mat()).close());
                System.out.printf(
                        Locale.ROOT,
                        "%dx%d: row %.2f ms, asymmetric %.2f ms, OpenCV chain %.2f ms, its resize %.2f ms;"
                                + " chain / row %.2f, resize / row %.2f%n",
                        size.width(),
                        size.height(),
                        millis[0],
                        millis[1],
                        millis[2],
                        millis[3],
                        millis[2] / millis[0],
                        millis[3] / millis[0]);
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
        try (Mat resized = resized(image);
                Mat padded = new Mat();
                Size square = new Size(SIDE, SIDE);
                Scalar gray = Scalar.all(114);
                Scalar none = Scalar.all(0)) {
            int top = (SIDE - resized.rows()) / 2;
            int left = (SIDE - resized.cols()) / 2;
            opencv_core.copyMakeBorder(
                    resized,
                    padded,
                    top,
                    SIDE - resized.rows() - top,
                    left,
                    SIDE - resized.cols() - left,
                    opencv_core.BORDER_CONSTANT,
                    gray);
            opencv_dnn
                    .blobFromImage(padded, 1 / 255.0, square, none, true, false, opencv_core.CV_32F)
                    .close();
        }
    }

    private static Mat resized(Mat image) {
        double ratio = Math.min((double) SIDE / image.cols(), (double) SIDE / image.rows());
        Mat resized = new Mat();
        try (Size size = new Size((int) Math.rint(image.cols() * ratio), (int) Math.rint(image.rows() * ratio))) {
            opencv_imgproc.resize(image, resized, size, 0, 0, opencv_imgproc.INTER_LINEAR);
        }
        return resized;
    }

    private static double[] medians(Runnable... works) {
        long[][] nanos = new long[works.length][RUNS];
        for (int run = -WARM_UP; run < RUNS; run++) {
            for (int work = 0; work < works.length; work++) {
                long start = System.nanoTime();
                works[work].run();
                nanos[work][Math.max(0, run)] = System.nanoTime() - start;
            }
        }
        return Arrays.stream(nanos)
                .mapToDouble(each -> Arrays.stream(each).sorted().toArray()[RUNS / 2] / 1e6)
                .toArray();
    }
}
