package dev.firstpass.server.runtime.batch.schedule;

import java.util.concurrent.TimeUnit;

/// How long a run of one bucket takes on one device, by the number of its rows, learned from runs: a straight line for all
/// sizes, times what each size is off that line.
///
/// - **The line**, `A + B * rows`, comes from recursive least squares on relative errors, which forget: a run counts for 0.995
///   of the next one. It is what is known of a size that has not run yet.
/// - **Off the line** is each size that has run by a factor of its own: engines work by tiles and threads, and a size that
///   does not fill them takes longer than the line says. It follows the last runs of that size, one in sixteen each.
/// - **The margin** is the 95th percentile of by how much the last 128 runs took longer than that. Predictions include it.
/// - **Hiccups**, single runs that took half as long again or more, do not move A and B. Three in a row, all slower or all
///   faster, are no hiccups: the model has changed, and A and B are multiplied at once.
/// - **A prediction that makes a row hopeless even on an idle device** would never be put right, since no such row runs any
///   more. So it is halved for each second of that, until a run has shown how things are.
///
/// One thread only. Nothing is allocated after construction, which takes 16 bytes a size.
final class LatencyProfile {
    private static final double FORGETTING = 0.995;
    private static final double SURPRISE = 1.5;
    private static final int CHANGE = 3;
    private static final int FIRST_RUNS = 6;
    private static final int WINDOW = 128;
    private static final double MARGIN_QUANTILE = 0.95;
    private static final double PRIOR = 100;
    private static final double HICCUP_MEMORY = 0.999;
    private static final double SHORTEST_NANOS = 1_000;
    private static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final double NANOS_PER_MILLI = 1e6;

    /// How much a run moves the factor of its size, once that has run as often; a hiccup, half as much and no further than this.
    private static final double FOLLOWING = 1.0 / 16;

    private static final double FARTHEST = Math.log(SURPRISE);

    private final RollingQuantile residuals = new RollingQuantile(WINDOW, MARGIN_QUANTILE);

    /// By rows: the logarithm of how many times as long as the line says such a run takes. Larger sizes lie on the line.
    private final double[] offLine;

    private final int[] runsOfSize;
    private double fixedMillis;
    private double rowMillis;

    /// The covariance of the two, in millis squared.
    private double fixedVariance;

    private double covariance;
    private double rowVariance;
    private double mostVariance;

    private long runs;
    private int surprises;
    private double mildestSurprise;
    private double hiccupRate;
    private double hiccupFactor = 1;

    private boolean isHopeless;
    private long hopelessSinceNanos;
    private double relief = 1;
    private double leastMillis = Double.MAX_VALUE;

    /// @param mostRows that a run is expected to have
    LatencyProfile(int mostRows) {
        offLine = new double[mostRows + 1];
        runsOfSize = new int[mostRows + 1];
    }

    /// Whether a run was seen or guessed.
    boolean isKnown() {
        return runs > 0;
    }

    /// Starts from a guess, by a bucket that is known: as long for a pixel. The first runs replace it.
    void guess(LatencyProfile other, double pixelRatio) {
        fixedMillis = other.fixedMillis;
        rowMillis = other.rowMillis * pixelRatio;
        doubt(fixedMillis + rowMillis, 1);
        runs = 1;
    }

    /// Learns from a run.
    ///
    /// @param nanos it took; what cannot be is ignored
    void observe(int rows, long nanos) {
        if (nanos <= 0 || nanos > LONGEST_NANOS) {
            return;
        }
        isHopeless = false;
        relief = 1;
        double millis = nanos / NANOS_PER_MILLI;
        if (runs == 0) {
            fixedMillis = millis / 2;
            rowMillis = millis / 2 / rows;
            doubt(millis, rows);
            runs = 1;
            return;
        }
        double ratio = millis / meanMillis(rows);
        runs++;
        boolean isSurprise = runs > FIRST_RUNS && isSurprise(ratio);
        if (runs > FIRST_RUNS) {
            follow(rows, ratio, isSurprise);
        }
        if (isSurprise) {
            surprised(ratio, millis, rows);
        } else {
            surprises = 0;
            hiccupRate *= HICCUP_MEMORY;
            residuals.add(ratio - 1);
            fit(rows, millis);
        }
        if (runs > FIRST_RUNS) {
            leastMillis = Math.min(leastMillis, meanMillis(1));
        }
    }

    private void follow(int rows, double ratio, boolean isSurprise) {
        if (rows >= offLine.length) {
            return;
        }
        double weight = isSurprise ? FOLLOWING / 2 : Math.max(1.0 / (2 + runsOfSize[rows]++), FOLLOWING);
        offLine[rows] += weight * Math.clamp(Math.log(ratio), -FARTHEST, FARTHEST);
    }

    private static boolean isSurprise(double ratio) {
        return ratio > SURPRISE || ratio < 1 / SURPRISE;
    }

    private void surprised(double ratio, double millis, int rows) {
        boolean isSlower = ratio > 1;
        if (surprises == 0 || isSlower != mildestSurprise > 1) {
            surprises = 0;
            mildestSurprise = ratio;
        }
        surprises++;
        mildestSurprise = isSlower ? Math.min(mildestSurprise, ratio) : Math.max(mildestSurprise, ratio);
        if (surprises == CHANGE) {
            fixedMillis *= mildestSurprise;
            rowMillis *= mildestSurprise;
            residuals.clear();
            doubt(millis, rows);
            surprises = 0;
        } else {
            residuals.add(ratio - 1);
            hiccupRate = hiccupRate * HICCUP_MEMORY + (1 - HICCUP_MEMORY);
            hiccupFactor += (ratio - hiccupFactor) / 8;
        }
    }

    /// Makes the next runs count for much.
    private void doubt(double millis, int rows) {
        fixedVariance = PRIOR * millis * millis;
        rowVariance = fixedVariance / ((double) rows * rows);
        covariance = 0;
        mostVariance = fixedVariance;
    }

    /// Recursive least squares of `fixed / millis + row * rows / millis = 1`.
    private void fit(int rows, double millis) {
        double x = 1 / millis;
        double y = rows / millis;
        double px = fixedVariance * x + covariance * y;
        double py = covariance * x + rowVariance * y;
        double scale = FORGETTING + x * px + y * py;
        double error = 1 - fixedMillis * x - rowMillis * y;
        fixedMillis += px / scale * error;
        rowMillis += py / scale * error;
        // Runs of one size alone say nothing of the other direction, which would then be forgotten without end.
        double forgetting = fixedVariance > mostVariance || rowVariance > mostVariance ? 1 : FORGETTING;
        fixedVariance = (fixedVariance - px * px / scale) / forgetting;
        rowVariance = (rowVariance - py * py / scale) / forgetting;
        covariance = (covariance - px * py / scale) / forgetting;
    }

    private double meanMillis(int rows) {
        double mean = Math.max(fixedMillis, 0) + Math.max(rowMillis, 0) * rows;
        double factor = rows < offLine.length ? Math.exp(offLine[rows]) : 1;
        return Math.max(mean * factor, SHORTEST_NANOS / NANOS_PER_MILLI);
    }

    /// How long a run will take at most, but for one in twenty; 0 where nothing is known.
    double nanos(int rows) {
        if (runs == 0) {
            return 0;
        }
        return meanMillis(rows) * (1 + Math.max(residuals.orElse(0), 0)) * relief * NANOS_PER_MILLI;
    }

    /// How long runs take on the whole; 0 where nothing is known.
    double meanNanos(int rows) {
        return runs == 0 ? 0 : meanMillis(rows) * NANOS_PER_MILLI;
    }

    /// Tells that a row was refused which an idle device, by this profile, could not have run in time either. That counts
    /// only if it could have in the profile's best days.
    ///
    /// @param roomNanos that the row had
    void hopeless(long nowNanos, long roomNanos) {
        if (roomNanos < leastMillis * NANOS_PER_MILLI) {
            return;
        }
        if (!isHopeless) {
            isHopeless = true;
            hopelessSinceNanos = nowNanos;
        }
        relief = Math.pow(2, -Math.clamp((nowNanos - hopelessSinceNanos) / TimeUnit.SECONDS.toNanos(1), 0, 60));
    }

    /// The largest power of two whose last doubling gained more than `gain` of throughput, up to `most`.
    int efficientRows(int most, double gain) {
        if (runs == 0) {
            return most;
        }
        int rows = 1;
        while (rows * 2 <= most && 2 * meanMillis(rows) > (1 + gain) * meanMillis(2 * rows)) {
            rows *= 2;
        }
        return rows;
    }

    /// The share of runs that were hiccups, lately.
    double hiccupRate() {
        return hiccupRate;
    }

    /// By how much a hiccup lengthens a run, on the whole: 2 where it takes twice as long.
    double hiccupFactor() {
        return hiccupFactor;
    }

    double fixedNanos() {
        return fixedMillis * NANOS_PER_MILLI;
    }

    double rowNanos() {
        return rowMillis * NANOS_PER_MILLI;
    }

    /// By how much predictions exceed what runs take on the whole.
    double margin() {
        return Math.max(residuals.orElse(0), 0);
    }
}
