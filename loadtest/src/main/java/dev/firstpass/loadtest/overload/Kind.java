package dev.firstpass.loadtest.overload;

import java.time.Duration;
import java.util.Optional;

/// Why a row is wanted, and how soon: the mix of docs/batching.md.
///
/// Immutable.
enum Kind {
    CLICK(150),
    ASSET_OPEN(500),
    PREFETCH(5_000),
    /// Nobody waits.
    BULK(0);

    private final long timeoutMillis;

    Kind(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    boolean isBulk() {
        return this == BULK;
    }

    Optional<Duration> timeout() {
        return isBulk() ? Optional.empty() : Optional.of(Duration.ofMillis(timeoutMillis));
    }

    long timeoutNanos() {
        return isBulk() ? Long.MAX_VALUE / 4 : timeoutMillis * 1_000_000;
    }
}
