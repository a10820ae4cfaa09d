package dev.firstpass.loadtest.soak;

import java.time.Duration;

/// Requests of one kind, one after the other.
///
/// Immutable.
///
/// @param name for people
/// @param pause between the end of one and the next
record Lane(String name, Duration pause, Call call) {
    /// Sends one request and waits for its end.
    ///
    /// For one thread.
    @FunctionalInterface
    interface Call {
        /// @param turn 0 for the first, and one more each time
        /// @throws Exception if there was no answer
        Told send(long turn) throws Exception;
    }
}
