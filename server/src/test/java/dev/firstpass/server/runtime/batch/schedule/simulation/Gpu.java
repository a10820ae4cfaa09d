package dev.firstpass.server.runtime.batch.schedule.simulation;

import dev.firstpass.server.runtime.batch.schedule.Buckets;
import java.util.Random;

/// How long runs take: 6 ms and, for each row, 1.5 ms by its area, 640 x 640 being 1; 3 % noise, and one run in 500 takes
/// twice as long.
final class Gpu {
    /// The three sizes, as buckets.
    static final Buckets SIZES = new Buckets() {
        private final int[] sides = {640, 1024, 1536};

        @Override
        public int count() {
            return sides.length;
        }

        @Override
        public long pixels(int bucket) {
            return (long) sides[bucket] * sides[bucket];
        }
    };

    private static final double FIXED_NANOS = 6e6;
    private static final double ROW_NANOS = 1.5e6;
    private static final double NOISE = 0.03;
    private static final double HICCUPS = 0.002;

    private final Random random;

    Gpu(long seed) {
        this.random = new Random(seed);
    }

    static double area(int bucket) {
        return (double) SIZES.pixels(bucket) / SIZES.pixels(0);
    }

    static double meanNanos(int bucket, int rows) {
        return FIXED_NANOS + ROW_NANOS * area(bucket) * rows;
    }

    long run(int bucket, int rows) {
        double noise = Math.max(0.5, 1 + NOISE * random.nextGaussian());
        double hiccup = random.nextDouble() < HICCUPS ? 2 : 1;
        return (long) (meanNanos(bucket, rows) * noise * hiccup);
    }
}
