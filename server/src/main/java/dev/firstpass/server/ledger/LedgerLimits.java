package dev.firstpass.server.ledger;

import java.time.Duration;

/// How much the ledger keeps: whatever is over any of the limits goes, the oldest first.
///
/// Immutable.
///
/// @param maxPredictions that are kept
/// @param maxAge of the oldest
/// @param maxBytes of the database file; its log takes a few MiB beside that
public record LedgerLimits(long maxPredictions, Duration maxAge, long maxBytes) {
    public static final LedgerLimits STANDARD = new LedgerLimits(10_000_000, Duration.ofDays(365), 4L << 30);

    public LedgerLimits {
        require("maxPredictions", maxPredictions);
        require("maxAge", maxAge.toMillis());
        require("maxBytes", maxBytes);
    }

    private static void require(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }
}
