package dev.firstpass.loadtest.drive;

import java.util.Arrays;
import java.util.Random;

/// When requests are due.
///
/// Pure functions.
public final class Arrivals {
    private static final double NANOS = 1e9;
    private static final double CALM_SECONDS = 2;
    private static final double BURST_SECONDS = 0.5;
    private static final double BURST = 3;
    private static final double CALM_RATE = (CALM_SECONDS + BURST_SECONDS) / (CALM_SECONDS + BURST * BURST_SECONDS);

    private Arrivals() {}

    /// A Poisson process: the gaps are exponential, as those of many people who know nothing of each other. The same seed
    /// gives the same arrivals at all rates, only denser.
    ///
    /// @param rate on the whole, a second
    /// @return nanoseconds from the start, in order
    public static long[] poisson(double rate, double seconds, long seed) {
        require(rate, seconds);
        Random random = new Random(seed);
        Moments moments = new Moments();
        double at = exponential(random) / rate;
        while (at < seconds) {
            moments.add(at);
            at += exponential(random) / rate;
        }
        return moments.nanos();
    }

    /// Poisson in bursts, as in docs/batching.md: three times as dense for half a second now and then as in the two seconds
    /// between, at the given rate on the whole.
    ///
    /// @param rate on the whole, a second
    /// @return nanoseconds from the start, in order
    public static long[] bursts(double rate, double seconds, long seed) {
        require(rate, seconds);
        Random states = new Random(seed);
        Random arrivals = new Random(seed ^ 0x5DEECE66DL);
        Moments moments = new Moments();
        boolean isBurst = false;
        double from = 0;
        double due = exponential(arrivals);
        while (from < seconds) {
            double until = Math.min(seconds, from + (isBurst ? BURST_SECONDS : CALM_SECONDS) * exponential(states));
            double dense = rate * CALM_RATE * (isBurst ? BURST : 1);
            double at = from;
            while (at + due / dense < until) {
                at += due / dense;
                moments.add(at);
                due = exponential(arrivals);
            }
            due -= (until - at) * dense;
            from = until;
            isBurst = !isBurst;
        }
        return moments.nanos();
    }

    private static void require(double rate, double seconds) {
        if (!(rate > 0) || !(seconds > 0)) {
            throw new IllegalArgumentException("rate, seconds: " + rate + ", " + seconds + " (expected: > 0)");
        }
    }

    /// Of mean 1.
    private static double exponential(Random random) {
        return -Math.log(1 - random.nextDouble());
    }

    /// A list that grows.
    ///
    /// For one thread.
    private static final class Moments {
        private long[] nanos = new long[64];
        private int count;

        void add(double seconds) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = (long) (seconds * NANOS);
        }

        long[] nanos() {
            return Arrays.copyOf(nanos, count);
        }
    }
}
