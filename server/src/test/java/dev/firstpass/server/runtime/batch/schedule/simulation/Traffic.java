package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Arrivals in bursts: a Poisson process whose rate is three times as high for half a second now and then as in the two
/// seconds between, all on the whole. The same seed gives the same arrivals at all rates, only denser.
final class Traffic {
    private static final double CALM_SECONDS = 2;
    private static final double BURST_SECONDS = 0.5;
    private static final double BURST = 3;
    private static final double CALM_RATE = (CALM_SECONDS + BURST_SECONDS) / (CALM_SECONDS + BURST * BURST_SECONDS);
    private static final List<Kind> KINDS = List.of(Kind.CLICK, Kind.ASSET_OPEN, Kind.PREFETCH);
    private static final double[] KINDS_UP_TO = {0.35, 0.80, 1};
    private static final double[] SIZES = {0.60, 0.88, 1};

    private Traffic() {}

    /// @param rate of all, a second
    static List<Ask> of(double rate, double seconds, long seed, String tenant) {
        Random states = new Random(seed);
        Random arrivals = new Random(seed ^ 0x5DEECE66DL);
        List<Ask> asks = new ArrayList<>();
        boolean isBurst = false;
        double from = 0;
        double due = exponential(arrivals);
        while (from < seconds) {
            double until = from + (isBurst ? BURST_SECONDS : CALM_SECONDS) * exponential(states);
            double dense = rate * CALM_RATE * (isBurst ? BURST : 1);
            double at = from;
            while (at + due / dense < until) {
                at += due / dense;
                asks.add(ask(at, arrivals, tenant));
                due = exponential(arrivals);
            }
            due -= (until - at) * dense;
            from = until;
            isBurst = !isBurst;
        }
        asks.removeIf(ask -> ask.arrivedNanos() > seconds * 1e9);
        return asks;
    }

    private static Ask ask(double at, Random random, String tenant) {
        return new Ask((long) (at * 1e9), KINDS.get(pick(KINDS_UP_TO, random)), size(random), tenant);
    }

    static int size(Random random) {
        return pick(SIZES, random);
    }

    private static int pick(double[] upTo, Random random) {
        double value = random.nextDouble();
        int index = 0;
        while (value >= upTo[index]) {
            index++;
        }
        return index;
    }

    private static double exponential(Random random) {
        return -Math.log(1 - random.nextDouble());
    }
}
