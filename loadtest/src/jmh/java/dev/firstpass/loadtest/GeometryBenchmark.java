package dev.firstpass.loadtest;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.Contours;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.OutlineRule;
import dev.firstpass.postprocess.geometry.Outlines;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Masks to run lengths and polygons, and suppression beyond boxes, each by itself on one thread. `loadtest/kernels.sh
/// Geometry` compiles and runs it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GeometryBenchmark {
    private static final ImageSize SQUARE = new ImageSize(640, 640);
    private static final ImageSize LARGE = new ImageSize(4096, 4096);

    private BitMask blobs = new BitMask(SQUARE);
    private BitMask large = new BitMask(LARGE);
    private RunLengths largeRuns = RunLengths.of(large);
    private List<PolygonPart> outline = List.of();
    private List<Nms.Rotated> rotated = List.of();
    private List<Nms.Masked> masks = List.of();

    @Setup
    public void setUp() {
        blobs = new BitMask(SQUARE);
        for (int i = 0; i < 20; i++) {
            blob(blobs, 64 + i % 5 * 128, 80 + i / 5 * 160, 40 + i, i);
        }
        outline = Contours.of(blobs);
        if (outline.size() != 20) {
            throw new IllegalStateException("blobs: " + outline.size() + " (expected: 20)");
        }
        large = new BitMask(LARGE);
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            blob(large, 200 + i % 10 * 410, 200 + i / 10 * 410, 80 + i, i);
        }
        for (int i = 0; i < 1000; i++) {
            large.set(random.nextInt(4096), random.nextInt(4096));
        }
        largeRuns = RunLengths.of(large);
        rotated = rotated(random);
        masks = masks();
    }

    /// A round thing with a wavy edge.
    private static void blob(BitMask mask, int cx, int cy, double radius, int phase) {
        int reach = (int) (1.25 * radius);
        for (int y = Math.max(0, cy - reach); y < Math.min(mask.size().height(), cy + reach); y++) {
            for (int x = Math.max(0, cx - reach); x < Math.min(mask.size().width(), cx + reach); x++) {
                double angle = Math.atan2(y + 0.5 - cy, x + 0.5 - cx);
                double edge = radius * (1 + 0.15 * Math.sin(3 * angle + phase) + 0.05 * Math.sin(7 * angle));
                if (Math.hypot(y + 0.5 - cy, x + 0.5 - cx) < edge) {
                    mask.set(x, y);
                }
            }
        }
    }

    private static List<Nms.Rotated> rotated(Random random) {
        List<Nms.Rotated> boxes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            RotatedRect box =
                    new RotatedRect(600 * random.nextDouble(), 600 * random.nextDouble(), 80, 30, random.nextInt(180));
            boxes.add(new Nms.Rotated(box, random.nextDouble(), i % 15, i));
        }
        return boxes;
    }

    private static List<Nms.Masked> masks() {
        List<Nms.Masked> masks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            BitMask mask = new BitMask(SQUARE);
            blob(mask, 64 + i % 10 * 56, 64 + i / 10 * 56, 40, i);
            masks.add(new Nms.Masked(RunLengths.of(mask), i / 100.0, 0, i));
        }
        return masks;
    }

    /// 20 blobs, to pixel edges and no further.
    @Benchmark
    public Object trace640() {
        return Contours.of(blobs);
    }

    /// 20 blobs to polygons at a tolerance of 1 pixel.
    @Benchmark
    public Object outlines640() {
        return Outlines.of(blobs, OutlineRule.tolerance(1));
    }

    /// 20 blobs to polygons of 200 corners in all.
    @Benchmark
    public Object budget640() {
        return Outlines.of(blobs, OutlineRule.vertices(200));
    }

    /// 20 blobs to COCO's compressed string.
    @Benchmark
    public Object cocoRle640() {
        return CocoRle.encode(RunLengths.of(blobs));
    }

    /// 100 blobs and 1000 specks, from run lengths to polygons.
    @Benchmark
    public Object outlines4096() {
        return Outlines.of(largeRuns.toBitMask(), OutlineRule.tolerance(1));
    }

    /// The same with the specks left out.
    @Benchmark
    public Object outlines4096WithoutSpecks() {
        return Outlines.of(largeRuns.toBitMask(), OutlineRule.tolerance(1).withMinArea(16));
    }

    /// 1000 rotated boxes in 15 classes.
    @Benchmark
    public Object suppressionRotated() {
        return Nms.keepRotatedFast(rotated, 0.45, 300);
    }

    /// 100 masks of 640x640.
    @Benchmark
    public Object suppressionMasks() {
        return Nms.keepMasks(masks, 0.5, 300);
    }
}
