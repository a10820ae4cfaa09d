package dev.firstpass.loadtest.statistics;

/// A figure, and where it may well be in truth.
///
/// Immutable.
public record Interval(double value, double low, double high) {
    public boolean contains(double truth) {
        return low <= truth && truth <= high;
    }
}
