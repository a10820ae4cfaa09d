package dev.firstpass.server.call;

import java.time.Duration;
import java.util.function.LongSupplier;

/// The moment after which an answer is of no use, on a monotonic clock, so that changes of the wall clock do not move
/// it.
///
/// Immutable.
///
/// @param atNanos reading of `nanoClock` at which it passes
/// @param nanoClock monotonic, in nanoseconds, for instance `System::nanoTime`
public record Deadline(long atNanos, LongSupplier nanoClock) {
    public static Deadline after(Duration timeout, LongSupplier nanoClock) {
        return new Deadline(nanoClock.getAsLong() + timeout.toNanos(), nanoClock);
    }

    /// Nanoseconds left; 0 or less once it has passed.
    public long remainingNanos() {
        return atNanos - nanoClock.getAsLong();
    }

    public boolean isPassed() {
        return remainingNanos() <= 0;
    }
}
