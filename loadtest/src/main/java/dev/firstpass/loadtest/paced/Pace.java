package dev.firstpass.loadtest.paced;

import java.util.Map;
import java.util.random.RandomGenerator;

/// How long runs take: a time for each run, and one for each row by its size.
///
/// Immutable.
///
/// @param fixedNanos of each run
/// @param rowNanos more for each row that is as large as the reference
/// @param referenceElements of a row of the reference size
/// @param noise standard deviation of a run's time, as a share of it
/// @param hiccups share of the runs that take twice as long
public record Pace(long fixedNanos, long rowNanos, long referenceElements, double noise, double hiccups) {
    /// The GPU of docs/batching.md: 6 ms, and 1.5 ms for each row of the reference size, with 3 % noise; one run in 500
    /// takes twice as long.
    public static final Pace GPU = new Pace(6_000_000, 1_500_000, 64 * 64 * 3, 0.03, 0.002);

    private static final String FIXED = "paced.fixed-nanos";
    private static final String ROW = "paced.row-nanos";
    private static final String REFERENCE = "paced.reference-elements";
    private static final String NOISE = "paced.noise";
    private static final String HICCUPS = "paced.hiccups";
    private static final double LEAST_FACTOR = 0.5;

    public Pace {
        require(fixedNanos >= 0, FIXED, fixedNanos, ">= 0");
        require(rowNanos >= 0, ROW, rowNanos, ">= 0");
        require(referenceElements >= 1, REFERENCE, referenceElements, ">= 1");
        require(noise >= 0 && noise < 1, NOISE, noise, "0 to 1");
        require(hiccups >= 0 && hiccups <= 1, HICCUPS, hiccups, "0 to 1");
    }

    private static void require(boolean isMet, String name, Number value, String expected) {
        if (!isMet) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /// Times as long throughout.
    public Pace times(double factor) {
        return new Pace(
                Math.round(fixedNanos * factor), Math.round(rowNanos * factor), referenceElements, noise, hiccups);
    }

    /// What a run takes on the whole.
    ///
    /// @param elements of one row
    public long meanNanos(long rows, long elements) {
        return fixedNanos + Math.round((double) rowNanos * rows * elements / referenceElements);
    }

    /// What one run takes.
    ///
    /// @param elements of one row
    public long nanos(long rows, long elements, RandomGenerator random) {
        double factor = Math.max(LEAST_FACTOR, 1 + noise * random.nextGaussian());
        double hiccup = random.nextDouble() < hiccups ? 2 : 1;
        return Math.round(meanNanos(rows, elements) * factor * hiccup);
    }

    /// As it stands in a model file.
    Map<String, String> metadata() {
        return Map.of(
                FIXED, Long.toString(fixedNanos),
                ROW, Long.toString(rowNanos),
                REFERENCE, Long.toString(referenceElements),
                NOISE, Double.toString(noise),
                HICCUPS, Double.toString(hiccups));
    }

    /// The pace that a model file names.
    ///
    /// @throws IllegalArgumentException if it names none, or an impossible one
    static Pace of(Map<String, String> metadata) {
        try {
            return new Pace(
                    Long.parseLong(value(metadata, FIXED)),
                    Long.parseLong(value(metadata, ROW)),
                    Long.parseLong(value(metadata, REFERENCE)),
                    Double.parseDouble(value(metadata, NOISE)),
                    Double.parseDouble(value(metadata, HICCUPS)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the pace is no number: " + e.getMessage(), e);
        }
    }

    private static String value(Map<String, String> metadata, String name) {
        String value = metadata.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + ": not in the model's metadata (expected: a paced model)");
        }
        return value;
    }
}
