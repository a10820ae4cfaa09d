package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Shot;

/// A request that was answered.
///
/// Immutable.
///
/// @param dueNanos when it was to be sent, since its drive began
/// @param latencyNanos from then to its answer
/// @param isInTime whether that was before its deadline
record Served(long dueNanos, long latencyNanos, boolean isInTime) {
    /// @param shot that was answered
    static Served of(Shot shot, Kind kind) {
        return new Served(shot.dueNanos(), shot.latencyNanos(), shot.latencyNanos() <= kind.timeoutNanos());
    }
}
