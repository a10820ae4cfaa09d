package dev.firstpass.loadtest.statistics;

/// The normal distribution, and Student's beside it.
///
/// Pure functions.
public final class Normal {
    private Normal() {}

    /// The probability of less than `z`, to 1e-7 (Abramowitz and Stegun, 26.2.17).
    public static double below(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        double above = density
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z >= 0 ? 1 - above : above;
    }

    /// The value that a share `part` is below, to 1e-6.
    public static double quantile(double part) {
        if (!(part > 0 && part < 1)) {
            throw new IllegalArgumentException("part: " + part + " (expected: 0 to 1, both excluded)");
        }
        double low = -10;
        double high = 10;
        while (high - low > 1e-7) {
            double middle = (low + high) / 2;
            if (below(middle) < part) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    /// The same of Student's distribution, to 1 % from 5 degrees of freedom on (Abramowitz and Stegun, 26.7.5).
    public static double student(double part, int degrees) {
        double z = quantile(part);
        double n = degrees;
        double z2 = z * z;
        return z
                * (1
                        + (z2 + 1) / (4 * n)
                        + ((5 * z2 + 16) * z2 + 3) / (96 * n * n)
                        + (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n));
    }
}
