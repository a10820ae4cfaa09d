package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.statistics.Interval;

/// One thing that the gate looks at.
///
/// Immutable.
///
/// @param name for people
/// @param unit of the figures: `ms`, `times`, `%`
/// @param limit that the figure must not exceed
record Finding(String name, String unit, Interval interval, double limit, Verdict verdict) {
    /// Passed if all of the interval is within the limit, failed if none of it is.
    static Finding of(String name, String unit, Interval interval, double limit) {
        return new Finding(name, unit, interval, limit, verdict(interval, limit));
    }

    private static Verdict verdict(Interval interval, double limit) {
        if (interval.high() <= limit) {
            return Verdict.PASS;
        }
        return interval.low() > limit ? Verdict.FAIL : Verdict.UNDECIDED;
    }
}
