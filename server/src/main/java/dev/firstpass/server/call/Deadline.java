package dev.firstpass.server.call;

import java.time.Duration;
import java.util.function.LongSupplier;

/// The moment after which an answer is of no use, on a monotonic clock, so that changes of the wall clock do not move
/// it. It begins when the request comes, not when somebody has time for it.
///
/// Immutable.
///
/// @param sinceNanos reading of `nanoClock` when the request came
/// @param atNanos reading of `nanoClock` at which it passes
/// @param isAsked whether the caller named it; else it is the server's own, and nobody minds an answer that is late by it
/// @param nanoClock monotonic, in nanoseconds, for instance `System::nanoTime`
public record Deadline(long sinceNanos, long atNanos, boolean isAsked, LongSupplier nanoClock) {
    /// One of the server's own, of something that comes now.
    public static Deadline after(Duration timeout, LongSupplier nanoClock) {
        return of(new TimeLimit(timeout, false), nanoClock);
    }

    /// Of something that comes now.
    public static Deadline of(TimeLimit limit, LongSupplier nanoClock) {
        return since(nanoClock.getAsLong(), limit, nanoClock);
    }

    /// @param arrivedNanos reading of `nanoClock` when the request came
    public static Deadline since(long arrivedNanos, TimeLimit limit, LongSupplier nanoClock) {
        return new Deadline(arrivedNanos, arrivedNanos + limit.duration().toNanos(), limit.isAsked(), nanoClock);
    }

    /// The sooner of this one and of what `limit` makes of the same arrival; this one where they are equal.
    public Deadline sooner(TimeLimit limit) {
        Deadline other = since(sinceNanos, limit, nanoClock);
        return other.atNanos - atNanos < 0 ? other : this;
    }

    /// The same end, for a part of the request that comes only now.
    public Deadline ofPart() {
        return new Deadline(nanoClock.getAsLong(), atNanos, isAsked, nanoClock);
    }

    /// How long it was from the arrival on.
    public TimeLimit limit() {
        return new TimeLimit(Duration.ofNanos(atNanos - sinceNanos), isAsked);
    }

    /// Nanoseconds left; 0 or less once it has passed.
    public long remainingNanos() {
        return atNanos - nanoClock.getAsLong();
    }

    public boolean isPassed() {
        return remainingNanos() <= 0;
    }
}
