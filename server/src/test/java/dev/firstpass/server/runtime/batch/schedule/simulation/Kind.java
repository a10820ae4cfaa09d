package dev.firstpass.server.runtime.batch.schedule.simulation;

/// Why a row is wanted, and how soon.
enum Kind {
    CLICK(0, 150),
    ASSET_OPEN(1, 500),
    PREFETCH(2, 5_000),
    BULK(3, Long.MAX_VALUE / 4_000_000);

    private final int level;
    private final long timeoutMillis;

    Kind(int level, long timeoutMillis) {
        this.level = level;
        this.timeoutMillis = timeoutMillis;
    }

    /// Where there are priority levels; 0 goes first.
    int level() {
        return level;
    }

    long timeoutNanos() {
        return timeoutMillis * 1_000_000;
    }

    boolean isInteractive() {
        return this != BULK;
    }
}
