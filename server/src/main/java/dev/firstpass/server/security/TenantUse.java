package dev.firstpass.server.security;

import dev.firstpass.server.config.Quota;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// What one tenant has used of its quota.
///
/// Thread-safe; nobody waits.
final class TenantUse {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

    private static final String REQUESTS = "requests-per-second";
    private static final String CONCURRENT = "concurrent";
    private static final String BYTES = "bytes-per-day";

    private final Quota quota;
    private final Consumer<String> refused;
    private final long nanosEach;

    /// Where the next request would be due if they came evenly: the generic cell rate algorithm, a token bucket in one
    /// number. Long.MIN_VALUE before the first one.
    private final AtomicLong due = new AtomicLong(Long.MIN_VALUE);

    private final AtomicInteger underWay = new AtomicInteger();

    /// Guarded by this.
    private long day;

    private long bytes;

    /// @param refused is told the name of the quota that was used up
    TenantUse(Quota quota, Consumer<String> refused) {
        this.quota = quota;
        this.refused = refused;
        this.nanosEach = SECOND / quota.requestsPerSecond().orElse(1);
    }

    /// Whether `enter` would let one in.
    boolean hasRoom(long now, long millis, long announced) {
        return (quota.requestsPerSecond().isEmpty() || wait(due.get(), now) <= 0)
                && (quota.concurrent().isEmpty()
                        || underWay.get() < quota.concurrent().getAsInt())
                && (quota.bytesPerDay().isEmpty() || hasBytes(millis, announced));
    }

    /// Takes a place, a request of the rate, and the bytes that are announced, or nothing of these.
    ///
    /// @param now as `System.nanoTime` tells
    /// @param millis of the wall clock
    /// @throws FailureException QUOTA_EXCEEDED
    void enter(long now, long millis, long announced) {
        int others = underWay.getAndIncrement();
        try {
            if (others >= quota.concurrent().orElse(Integer.MAX_VALUE)) {
                throw refusal(
                        CONCURRENT,
                        "too many requests are under way (expected: at most "
                                + quota.concurrent().getAsInt() + ")",
                        Optional.of(Duration.ofSeconds(1)));
            }
            further(now, millis, announced);
        } catch (FailureException e) {
            leave();
            throw e;
        }
    }

    /// The same without a place.
    void further(long now, long millis, long announced) {
        takeBytes(millis, announced);
        try {
            takeRequest(now);
        } catch (FailureException e) {
            book(millis, -announced);
            throw e;
        }
    }

    void leave() {
        underWay.decrementAndGet();
    }

    private void takeRequest(long now) {
        if (quota.requestsPerSecond().isEmpty()) {
            return;
        }
        while (true) {
            long before = due.get();
            long wait = wait(before, now);
            if (wait > 0) {
                throw refusal(
                        REQUESTS,
                        "too many requests (expected: at most "
                                + quota.requestsPerSecond().getAsInt() + " in a second)",
                        Optional.of(Duration.ofNanos(wait)));
            }
            long from = before == Long.MIN_VALUE || now - before > 0 ? now : before;
            if (due.compareAndSet(before, from + nanosEach)) {
                return;
            }
        }
    }

    /// Nanoseconds until there is room for one; as many requests may be ahead of their time as come in a second.
    private long wait(long due, long now) {
        return due == Long.MIN_VALUE ? 0 : due + nanosEach - SECOND - now;
    }

    private synchronized boolean hasBytes(long millis, long announced) {
        turn(millis);
        return bytes + announced <= quota.bytesPerDay().orElse(Long.MAX_VALUE) && !isUsedUp();
    }

    private boolean isUsedUp() {
        return bytes >= quota.bytesPerDay().orElse(Long.MAX_VALUE);
    }

    private synchronized void takeBytes(long millis, long announced) {
        if (quota.bytesPerDay().isEmpty()) {
            return;
        }
        if (!hasBytes(millis, announced)) {
            long left = (day + 1) * DAY_MILLIS - millis;
            throw refusal(
                    BYTES,
                    "the day's bytes are used up (expected: at most "
                            + quota.bytesPerDay().getAsLong() + " from midnight to midnight, UTC)",
                    Optional.of(Duration.ofMillis(left)));
        }
        bytes += announced;
    }

    /// What came beyond what was announced.
    ///
    /// @param millis of the wall clock, when these bytes came
    /// @param more negative where less came; then `millis` is when these were announced: of a day that is over nothing is given back
    synchronized void book(long millis, long more) {
        if (more >= 0) {
            turn(millis);
        }
        if (day(millis) == day) {
            bytes = Math.max(0, bytes + more);
        }
    }

    private void turn(long millis) {
        if (day(millis) != day) {
            day = day(millis);
            bytes = 0;
        }
    }

    private static long day(long millis) {
        return Math.floorDiv(millis, DAY_MILLIS);
    }

    private FailureException refusal(String kind, String detail, Optional<Duration> retryAfter) {
        refused.accept(kind);
        return new Failure(Reason.QUOTA_EXCEEDED, detail, Optional.empty(), retryAfter).asException();
    }
}
