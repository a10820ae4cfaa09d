package dev.firstpass.loadtest.gate;

/// What one version did in one short stretch of load.
///
/// Immutable.
///
/// @param millis latencies of the requests that were answered, in any order
/// @param errors requests that were not
record Block(double[] millis, int errors) {
    Block {
        millis = millis.clone();
        if (errors < 0) {
            throw new IllegalArgumentException("errors: " + errors + " (expected: >= 0)");
        }
    }

    /// In any order.
    @Override
    public double[] millis() {
        return millis.clone();
    }
}
