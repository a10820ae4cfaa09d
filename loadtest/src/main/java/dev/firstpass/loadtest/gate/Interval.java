package dev.firstpass.loadtest.gate;

/// A figure, and where it may well be in truth.
///
/// Immutable.
record Interval(double value, double low, double high) {
    boolean contains(double truth) {
        return low <= truth && truth <= high;
    }
}
