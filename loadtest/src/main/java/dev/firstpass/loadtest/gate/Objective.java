package dev.firstpass.loadtest.gate;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A service level objective: a percentile of the latency and what it may be.
///
/// Immutable.
///
/// @param percentile for instance 95
record Objective(double percentile, double millis) {
    private static final Pattern TEXT = Pattern.compile("p([0-9]{1,2}(?:\\.[0-9]+)?)=([0-9]+(?:\\.[0-9]+)?)(ms|s)");

    Objective {
        if (!(percentile > 0 && percentile < 100) || !(millis > 0)) {
            throw new IllegalArgumentException(
                    "p" + percentile + "=" + millis + "ms (expected: a percentile of 0 to 100, and a time > 0)");
        }
    }

    /// `p95=300ms`, `p99.9=1.5s`.
    ///
    /// @throws IllegalArgumentException if it is no objective
    static Objective parse(String text) {
        Matcher parts = TEXT.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + text + "' (expected: for instance p95=300ms)");
        }
        double amount = Double.parseDouble(parts.group(2));
        return new Objective(Double.parseDouble(parts.group(1)), parts.group(3).equals("s") ? amount * 1000 : amount);
    }

    double part() {
        return percentile / 100;
    }

    /// `p95`.
    String name() {
        return name(percentile);
    }

    static String name(double percentile) {
        return percentile == Math.rint(percentile) ? "p" + (long) percentile : "p" + percentile;
    }
}
