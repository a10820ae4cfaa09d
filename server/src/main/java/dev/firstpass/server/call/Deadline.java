package dev.firstpass.server.call;

import java.time.Duration;
import java.util.function.LongSupplier;

/// The moment after which an answer is of no use, on a monotonic clock, so that changes of the wall clock do not move
/// it.
///
/// Immutable.
///
/// @param sinceNanos reading of `nanoClock` when the request came
/// @param atNanos reading of `nanoClock` at which it passes
/// @param isAsked whether the caller named it; else it is the server's own, and nobody minds an answer that is late by it
/// @param nanoClock monotonic, in nanoseconds, for instance `System::nanoTime`
public record Deadline(long sinceNanos, long atNanos, boolean isAsked, LongSupplier nanoClock) {
    /// One of the server's own.
    public static Deadline after(Duration timeout, LongSupplier nanoClock) {
        return of(new TimeLimit(timeout, false), nanoClock);
    }

    public static Deadline of(TimeLimit limit, LongSupplier nanoClock) {
        long now = nanoClock.getAsLong();
        return new Deadline(now, now + limit.duration().toNanos(), limit.isAsked(), nanoClock);
    }

    /// Nanoseconds left; 0 or less once it has passed.
    public long remainingNanos() {
        return atNanos - nanoClock.getAsLong();
    }

    public boolean isPassed() {
        return remainingNanos() <= 0;
    }
}
