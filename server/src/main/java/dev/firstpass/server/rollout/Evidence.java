package dev.firstpass.server.rollout;

import java.util.Arrays;

/// Pure functions.
final class Evidence {
    private Evidence() {}

    /// Logarithm of the mean of ratios whose logarithms are given, however large they are.
    static double ofMean(double[] logRatios) {
        double largest = Arrays.stream(logRatios).max().orElse(0);
        double sum =
                Arrays.stream(logRatios).map(each -> Math.exp(each - largest)).sum();
        return largest + Math.log(sum / logRatios.length);
    }
}
