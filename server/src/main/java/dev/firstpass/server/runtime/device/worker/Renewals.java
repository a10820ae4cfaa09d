package dev.firstpass.server.runtime.device.worker;

import java.time.Duration;
import java.util.function.LongSupplier;

/// When a worker that lives may be ended because runs fail in it: at once the first time, and then after a pause that is
/// twice as long each time, from a minute up to an hour. After an hour in which it might have been ended and was not, the
/// next is a first time again.
///
/// Each costs the models in the worker a pause. So it must not become a habit where it does not help: models whose inputs
/// are bad now and then must not keep others waiting.
///
/// Thread-safe.
final class Renewals {
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final LongSupplier nanoClock;
    private Duration pause = Duration.ZERO;
    private long allowedAtNanos;

    Renewals(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.allowedAtNanos = nanoClock.getAsLong();
    }

    /// Whether `begin` would say yes.
    synchronized boolean mayBeDone() {
        return nanoClock.getAsLong() - allowedAtNanos >= 0;
    }

    /// Asks for the right to do it now.
    ///
    /// @return whether it may be done, and then is
    synchronized boolean begin() {
        if (!mayBeDone()) {
            return false;
        }
        long now = nanoClock.getAsLong();
        pause = now - allowedAtNanos >= LONGEST_PAUSE.toNanos() ? FIRST_PAUSE : longer(pause);
        allowedAtNanos = now + pause.toNanos();
        return true;
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        if (twice.compareTo(FIRST_PAUSE) < 0) {
            return FIRST_PAUSE;
        }
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
}
