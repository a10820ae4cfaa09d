package dev.firstpass.server.runtime.batch.schedule;

import java.util.ArrayList;
import java.util.List;

/// The buckets of a model whose input may be of any size: a ladder of long sides, and on each rung a few aspect ratios, lying
/// and standing. An image is scaled to fit its bucket; what is left of the bucket is padding.
///
/// The ratios 1:1, 5:4, 4:3, 3:2, 16:9 and 2:1 are those of cameras, phones and screens, so that photos fit nearly exactly;
/// between 1:1 and 2:1 no image leaves more than a fifth of its bucket empty, and images spread evenly leave 7 % on the
/// whole. Sides are multiples of 32, as networks want them.
///
/// Immutable.
public final class ShapeLadder {
    private static final List<Integer> LONG_SIDES = List.of(320, 480, 640, 800, 1024, 1280, 1536);
    private static final double[] SHORT_BY_LONG = {1.0, 4.0 / 5, 3.0 / 4, 2.0 / 3, 9.0 / 16, 1.0 / 2};
    private static final int MULTIPLE = 32;

    /// How much smaller than it is an image may be run, before the next rung is taken.
    private static final double SHRINK = 0.95;

    private final int[] longSides;
    private final int[] heights;
    private final int[] widths;

    /// The first bucket of each rung, and the end.
    private final int[] rungs;

    private ShapeLadder(List<Integer> longSides) {
        this.longSides = longSides.stream().mapToInt(Integer::intValue).toArray();
        this.rungs = new int[longSides.size() + 1];
        List<int[]> shapes = new ArrayList<>();
        for (int rung = 0; rung < longSides.size(); rung++) {
            addRung(shapes, rungs[rung], longSides.get(rung));
            rungs[rung + 1] = shapes.size();
        }
        this.heights = shapes.stream().mapToInt(shape -> shape[0]).toArray();
        this.widths = shapes.stream().mapToInt(shape -> shape[1]).toArray();
    }

    /// The rungs between two sides.
    ///
    /// @param least long side, in pixels
    /// @param most long side, in pixels
    public static ShapeLadder between(int least, int most) {
        List<Integer> sides = LONG_SIDES.stream()
                .filter(side -> side >= least && side <= most)
                .toList();
        if (sides.isEmpty()) {
            throw new IllegalArgumentException(
                    "sides: " + least + " to " + most + " (expected: one of " + LONG_SIDES + " among them)");
        }
        return new ShapeLadder(sides);
    }

    private static void addRung(List<int[]> shapes, int first, int side) {
        for (double ratio : SHORT_BY_LONG) {
            // To the nearest: an image that is a little too high for it is scaled a little smaller.
            int other = Math.max(MULTIPLE, (int) Math.round(side * ratio / MULTIPLE) * MULTIPLE);
            add(shapes, first, other, side);
            add(shapes, first, side, other);
        }
    }

    private static void add(List<int[]> shapes, int first, int height, int width) {
        for (int[] shape : shapes.subList(first, shapes.size())) {
            if (shape[0] == height && shape[1] == width) {
                return;
            }
        }
        shapes.add(new int[] {height, width});
    }

    /// How many buckets there are.
    public int count() {
        return heights.length;
    }

    /// The bucket of an image.
    ///
    /// @param height in pixels, of the image
    /// @param width in pixels, of the image
    public int of(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("image: " + height + "x" + width + " (expected: >= 1x1)");
        }
        int rung = rungOf(Math.max(height, width));
        int best = rungs[rung];
        for (int bucket = best + 1; bucket < rungs[rung + 1]; bucket++) {
            if (padding(bucket, height, width) < padding(best, height, width)) {
                best = bucket;
            }
        }
        return best;
    }

    private int rungOf(int side) {
        int rung = 0;
        while (rung < longSides.length - 1 && longSides[rung] < side * SHRINK) {
            rung++;
        }
        return rung;
    }

    /// In pixels, of the model's input.
    public int height(int bucket) {
        return heights[bucket];
    }

    /// In pixels, of the model's input.
    public int width(int bucket) {
        return widths[bucket];
    }

    public long pixels(int bucket) {
        return (long) heights[bucket] * widths[bucket];
    }

    /// The share of a bucket that an image fitted into it leaves empty.
    public double padding(int bucket, int height, int width) {
        double scale = Math.min((double) heights[bucket] / height, (double) widths[bucket] / width);
        return 1 - scale * height * scale * width / pixels(bucket);
    }
}
