package dev.firstpass.loadtest.drive;

/// A request that was sent, and its end. Nanoseconds since its drive began.
///
/// Immutable.
///
/// @param index in the drive's arrivals
/// @param dueNanos when it was to be sent
/// @param sentNanos when it was sent; much later means that the sender did not keep up
/// @param endNanos when the answer was there
public record Shot(int index, long dueNanos, long sentNanos, long endNanos, Answer answer) {
    /// As whoever asks feels it: from when the request was due.
    public long latencyNanos() {
        return endNanos - dueNanos;
    }

    /// By how much the sender was late.
    public long lagNanos() {
        return sentNanos - dueNanos;
    }
}
