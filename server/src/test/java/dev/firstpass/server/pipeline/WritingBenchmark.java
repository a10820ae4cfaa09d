package dev.firstpass.server.pipeline;

import com.sun.management.ThreadMXBean;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// What writing an answer in the format `firstpass` takes, which is what a request without a format is spared, in CPU time and in
/// memory allocated for each answer: `WritingBenchmark`, after the tests were compiled.
final class WritingBenchmark {
    private static final ImageSize SIZE = new ImageSize(1920, 1080);
    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final int ROUNDS = 2000;

    private WritingBenchmark() {}

    public static void main(String[] arguments) {
        LabelFormat format = LabelFormats.byId(FormatChoice.USUAL).orElseThrow();
        measure(format, "100 boxes", prelabels(100, WritingBenchmark::box));
        measure(format, "20 polygons of 200 points", prelabels(20, WritingBenchmark::polygon));
        measure(format, "20 masks", prelabels(20, WritingBenchmark::mask));
    }

    private static void measure(LabelFormat format, String what, Prelabels prelabels) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int bytes = write(format, prelabels, ROUNDS);
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long began = threads.getCurrentThreadCpuTime();
        int same = write(format, prelabels, ROUNDS);
        long nanos = threads.getCurrentThreadCpuTime() - began;
        long memory = threads.getCurrentThreadAllocatedBytes() - allocated;
        if (same != bytes) {
            throw new IllegalStateException("written otherwise");
        }
        System.out.printf(
                Locale.ROOT,
                "%-26s %7d bytes, %7.1f us of CPU time, %8.1f KiB allocated%n",
                what,
                bytes / ROUNDS,
                nanos / 1e3 / ROUNDS,
                memory / 1024.0 / ROUNDS);
    }

    private static int write(LabelFormat format, Prelabels prelabels, int rounds) {
        int bytes = 0;
        for (int i = 0; i < rounds; i++) {
            bytes += Rendering.of(prelabels, format, List.of("thing"), Map.of(), InstantSource.system())
                    .body()
                    .length;
        }
        return bytes;
    }

    private static Prelabels prelabels(int count, IntFunction<Annotation> made) {
        return new Prelabels(
                new AssetInfo("a.jpg", SIZE, DIGEST),
                new Provenance("00000000-0000-4000-8000-000000000001", "m", 1, DIGEST, "ssd", ""),
                IntStream.range(0, count).mapToObj(made).toList(),
                List.of());
    }

    private static Candidate candidate(int index) {
        return new Candidate(index, "thing", 0.9 - index / 1000.0);
    }

    private static Annotation box(int index) {
        return new Annotation.Box(candidate(index), new Rect(index * 7.123, index * 5.321, 100.25, 80.5));
    }

    private static Annotation polygon(int index) {
        List<Point> points = IntStream.range(0, 200)
                .mapToObj(i -> new Point(
                        500 + index * 20 + 200 * Math.cos(i * Math.PI / 100), 500 + 200 * Math.sin(i * Math.PI / 100)))
                .toList();
        return new Annotation.Polygon(candidate(index), List.of(new PolygonPart(new Ring(points), List.of())));
    }

    /// A disc of 200 pixels' radius.
    private static Annotation mask(int index) {
        BitMask mask = new BitMask(SIZE);
        for (int y = 0; y < 400; y++) {
            int half = (int) Math.sqrt(200.0 * 200 - (y - 200.0) * (y - 200));
            mask.setRun(300 + y, 500 + index * 20 - half, 501 + index * 20 + half);
        }
        return new Annotation.Mask(candidate(index), RunLengths.of(mask));
    }
}
