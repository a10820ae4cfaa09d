package dev.firstpass.server.runtime.device.worker;

import java.time.Duration;
import java.util.Optional;

/// How long one session's warm-up yields to the runs of others: while there are any, but not for ever, since somebody
/// may wait for the session, and a run may not take longer than its limit.
///
/// Thread-safe.
final class Courtesy {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Traffic traffic;
    /// When it first yielded.
    private Optional<Long> sinceNanos = Optional.empty();

    Courtesy(Traffic traffic) {
        this.traffic = traffic;
    }

    /// Whether a run that begins now is to yield.
    synchronized boolean isDue() {
        if (traffic.isQuiet() || isExhausted()) {
            return false;
        }
        if (sinceNanos.isEmpty()) {
            sinceNanos = Optional.of(traffic.nanoTime());
        }
        return true;
    }

    /// Whether it has yielded for long enough.
    synchronized boolean isExhausted() {
        return sinceNanos
                .filter(since -> traffic.nanoTime() - since >= LONGEST.toNanos())
                .isPresent();
    }
}
