package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.statistics.Interval;
import dev.firstpass.loadtest.statistics.Normal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/// Figures of two versions, with intervals from a bootstrap over pairs of blocks.
///
/// Requests that follow each other are not independent: a slow moment makes dozens of them slow. So it is not requests that
/// are drawn again and again, with replacement, but whole pairs of blocks; the figure is computed anew for each draw, and the
/// interval is what the middle 95 % of the draws say.
///
/// Such an interval is too narrow where there are few pairs, as a normal distribution's is beside Student's. So percentiles
/// further out are taken (Hesterberg, What Teachers Should Know About the Bootstrap, 2015: the expanded percentile
/// interval).
///
/// Immutable; the same seed gives the same intervals.
final class BlockBootstrap {
    static final double CONFIDENCE = 0.95;

    private final ArmSample stable;
    private final ArmSample candidate;
    private final int[] once;
    private final int[][] draws;
    private final double tail;

    /// @param pairs two at least
    /// @param resamples how many times they are drawn
    BlockBootstrap(List<Pair> pairs, int resamples, long seed) {
        int count = pairs.size();
        if (count < 2) {
            throw new IllegalArgumentException("pairs: " + count + " (expected: >= 2)");
        }
        this.stable = new ArmSample(pairs.stream().map(Pair::stable).toList());
        this.candidate = new ArmSample(pairs.stream().map(Pair::candidate).toList());
        this.once = new int[count];
        Arrays.fill(once, 1);
        this.draws = new int[resamples][count];
        Random random = new Random(seed);
        for (int[] draw : draws) {
            for (int i = 0; i < count; i++) {
                draw[random.nextInt(count)]++;
            }
        }
        this.tail =
                Normal.below(-Math.sqrt(count / (count - 1.0)) * Normal.student(1 - (1 - CONFIDENCE) / 2, count - 1));
    }

    /// Of the candidate's latency to the stable version's.
    Interval ratio(double part) {
        return interval(weights -> candidate.quantile(weights, part) / stable.quantile(weights, part));
    }

    /// In milliseconds.
    Interval stable(double part) {
        return interval(weights -> stable.quantile(weights, part));
    }

    /// In milliseconds.
    Interval candidate(double part) {
        return interval(weights -> candidate.quantile(weights, part));
    }

    /// By how much more of the candidate's requests go without an answer, as a share of all; negative if fewer do.
    Interval moreErrors() {
        return interval(weights -> candidate.errorShare(weights) - stable.errorShare(weights));
    }

    private Interval interval(ToDoubleFunction<int[]> figure) {
        double[] values = Arrays.stream(draws).mapToDouble(figure).sorted().toArray();
        return new Interval(figure.applyAsDouble(once), at(values, tail), at(values, 1 - tail));
    }

    private static double at(double[] sorted, double part) {
        double index = part * (sorted.length - 1);
        int below = (int) index;
        int above = Math.min(sorted.length - 1, below + 1);
        return sorted[below] + (index - below) * (sorted[above] - sorted[below]);
    }

    ArmSample stableSample() {
        return stable;
    }

    ArmSample candidateSample() {
        return candidate;
    }
}
