package dev.firstpass.postprocess.evaluation;

import java.util.Arrays;
import java.util.Optional;

/// Between which two values a figure would be, mostly, on other images of the same kind.
///
/// Immutable.
public record Interval(double low, double high) {
    /// Of what resampling gave: the middle 95 %, interpolated as numpy's percentile has it. Resamples without the figure
    /// are NaN; empty where these are more than half.
    static Optional<Interval> of(double[] resampled) {
        double[] values = Arrays.stream(resampled)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (values.length == 0 || 2 * values.length < resampled.length) {
            return Optional.empty();
        }
        return Optional.of(new Interval(percentile(values, 0.025), percentile(values, 0.975)));
    }

    private static double percentile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(sorted.length - 1, below + 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
