package dev.firstpass.server.runtime.device.worker;

import java.time.Duration;
import java.util.function.LongSupplier;

/// When a lost worker may be started again: at once the first time, and later each time that one is lost that has not
/// lived long. One that did its work before it was lost is not kept from its other models for long; one that did not
/// even start is.
///
/// Thread-safe.
final class Restarts {
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY_AFTER_NO_START = Duration.ofSeconds(10);
    private static final Duration LONG_LIFE = Duration.ofSeconds(60);

    private final LongSupplier nanoClock;
    private int losses;
    private long startedAtNanos;
    private long allowedAtNanos;

    Restarts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.startedAtNanos = nanoClock.getAsLong();
        this.allowedAtNanos = startedAtNanos;
    }

    synchronized void started() {
        startedAtNanos = nanoClock.getAsLong();
    }

    /// @param wasReady whether it had started
    synchronized void lost(boolean wasReady) {
        long now = nanoClock.getAsLong();
        losses = now - startedAtNanos >= LONG_LIFE.toNanos() ? 1 : losses + 1;
        allowedAtNanos = now
                + delay(wasReady ? LONGEST_DELAY : LONGEST_DELAY_AFTER_NO_START).toNanos();
    }

    private Duration delay(Duration longest) {
        if (losses <= 1) {
            return Duration.ZERO;
        }
        Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(losses - 2, 20));
        return delay.compareTo(longest) < 0 ? delay : longest;
    }

    /// How long to wait before the next start; zero where it may be now.
    synchronized Duration remaining() {
        return Duration.ofNanos(Math.max(0, allowedAtNanos - nanoClock.getAsLong()));
    }
}
