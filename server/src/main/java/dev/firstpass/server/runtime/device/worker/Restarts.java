package dev.firstpass.server.runtime.device.worker;

import java.time.Duration;
import java.util.function.LongSupplier;

/// When a lost worker may be started again: at once the first time, and later each time that it is lost again before
/// it has run anything.
///
/// Thread-safe.
final class Restarts {
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(10);

    private final LongSupplier nanoClock;
    private int losses;
    private long allowedAtNanos;

    Restarts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.allowedAtNanos = nanoClock.getAsLong();
    }

    synchronized void lost() {
        losses++;
        allowedAtNanos = nanoClock.getAsLong() + delay().toNanos();
    }

    private Duration delay() {
        if (losses <= 1) {
            return Duration.ZERO;
        }
        Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(losses - 2, 20));
        return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
    }

    synchronized void worked() {
        losses = 0;
    }

    /// How long to wait before the next start; zero where it may be now.
    synchronized Duration remaining() {
        return Duration.ofNanos(Math.max(0, allowedAtNanos - nanoClock.getAsLong()));
    }
}
