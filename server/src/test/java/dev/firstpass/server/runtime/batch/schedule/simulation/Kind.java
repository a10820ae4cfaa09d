package dev.firstpass.server.runtime.batch.schedule.simulation;

/// Why a row is wanted, and how soon.
enum Kind {
    CLICK(150),
    ASSET_OPEN(500),
    PREFETCH(5_000),
    BULK(Long.MAX_VALUE / 4_000_000);

    private final long timeoutMillis;

    Kind(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    long timeoutNanos() {
        return timeoutMillis * 1_000_000;
    }

    boolean isInteractive() {
        return this != BULK;
    }
}
