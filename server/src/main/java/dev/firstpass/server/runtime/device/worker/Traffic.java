package dev.firstpass.server.runtime.device.worker;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Whether anybody's requests are run in this process: those that would suffer from what is done beside them.
///
/// Thread-safe.
final class Traffic {
    /// Who asked so lately may ask again any moment.
    private static final Duration LATELY = Duration.ofSeconds(10);

    private final LongSupplier nanoClock;
    private int running;
    private long quietAtNanos;

    Traffic(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.quietAtNanos = nanoClock.getAsLong();
    }

    synchronized void began() {
        running++;
    }

    synchronized void ended() {
        running--;
        quietAtNanos = nanoClock.getAsLong() + LATELY.toNanos();
    }

    /// Whether nobody's request is run, or was lately.
    synchronized boolean isQuiet() {
        return running == 0 && nanoClock.getAsLong() - quietAtNanos >= 0;
    }

    long nanoTime() {
        return nanoClock.getAsLong();
    }
}
