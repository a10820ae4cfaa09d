package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.batch.schedule.Refusal;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/// Counts what becomes of a batcher's rows.
///
/// Thread-safe.
final class RunTally {
    private final LongAdder rows = new LongAdder();
    private final LongAdder capacity = new LongAdder();
    private final AtomicLongArray bySize = new AtomicLongArray(RunCounts.SIZES.size() + 1);
    private final LongAdder full = new LongAdder();
    private final LongAdder tenantFull = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder cancelled = new LongAdder();

    /// A run that has ended well.
    ///
    /// @param most rows that it could have had
    void ran(int runRows, int most) {
        rows.add(runRows);
        capacity.add(Math.max(runRows, most));
        bySize.incrementAndGet(RunCounts.sizeIndex(runRows));
    }

    /// A row that was not let in.
    void turnedAway(Refusal.Cause cause) {
        switch (cause) {
            case QUEUE_FULL -> full.increment();
            case TENANT_FULL -> tenantFull.increment();
            case TOO_LATE -> late.increment();
        }
    }

    /// A row that waited and is refused now.
    void dropped(Refusal.Cause cause) {
        switch (cause) {
            case QUEUE_FULL -> full.increment();
            case TENANT_FULL -> tenantFull.increment();
            case TOO_LATE -> expired.increment();
        }
    }

    /// A row whose time ran out while it waited.
    void expired() {
        expired.increment();
    }

    /// A row that waited, and that nobody wants any more.
    void cancelled() {
        cancelled.increment();
    }

    RunCounts counts() {
        var sizes = IntStream.range(0, bySize.length()).mapToObj(bySize::get).toList();
        return new RunCounts(
                sizes.stream().mapToLong(Long::longValue).sum(),
                rows.sum(),
                capacity.sum(),
                sizes,
                full.sum(),
                tenantFull.sum(),
                late.sum(),
                expired.sum(),
                cancelled.sum());
    }
}
