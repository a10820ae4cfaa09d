package dev.firstpass.server.ledger;

import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Ids of answers: UUIDs of version 7 (RFC 9562), which sort by time. The 48 bits of milliseconds are followed by a
/// counter of 12 bits, so that ids of one process grow strictly, and by 62 random bits, so that those of several differ.
///
/// A clock that goes back, and more than 4,096 ids in a millisecond, are bridged by milliseconds that are ahead of the
/// clock.
///
/// Thread-safe if `random` is.
public final class PredictionIds implements Supplier<UUID> {
    private static final int COUNTER_BITS = 12;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 1L << 63;

    private final InstantSource clock;
    private final RandomGenerator random;

    /// Milliseconds and counter of the last id.
    private final AtomicLong last = new AtomicLong();

    /// @param clock wall clock
    public PredictionIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    @Override
    public UUID get() {
        long now = clock.millis() << COUNTER_BITS;
        long stamp = last.updateAndGet(before -> Math.max(before + 1, now));
        long counter = stamp & ((1 << COUNTER_BITS) - 1);
        long high = (stamp >>> COUNTER_BITS) << 16 | VERSION | counter;
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low);
    }
}
