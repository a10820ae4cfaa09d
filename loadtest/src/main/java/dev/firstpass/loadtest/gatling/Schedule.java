package dev.firstpass.loadtest.gatling;

import dev.firstpass.loadtest.drive.Arrivals;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// When each request is due, and who is bulk.
///
/// Thread-safe.
final class Schedule {
    private static final long UNKNOWN = Long.MIN_VALUE;

    /// From the first look to the first request: all virtual users must be there by then.
    private static final long RUN_UP_NANOS = 1_000_000_000;

    private final long[] arrivals;
    private final long warmUpNanos;
    private final boolean[] isBulk;
    private final AtomicLong start = new AtomicLong(UNKNOWN);

    Schedule(LoadPlan plan) {
        arrivals = Arrivals.poisson(plan.rate(), plan.warmUpSeconds() + plan.seconds(), plan.seed());
        warmUpNanos = (long) (plan.warmUpSeconds() * 1e9);
        isBulk = new boolean[arrivals.length];
        Random random = new Random(plan.seed() ^ 77);
        for (int index = 0; index < isBulk.length; index++) {
            isBulk[index] = random.nextDouble() < plan.bulkShare();
        }
    }

    int size() {
        return arrivals.length;
    }

    boolean isBulk(int index) {
        return isBulk[index];
    }

    /// On the clock of `nowNanos`; the first call starts the schedule.
    long dueNanos(int index, long nowNanos) {
        start.compareAndSet(UNKNOWN, nowNanos + RUN_UP_NANOS);
        return start.get() + arrivals[index];
    }

    /// Whether it is more than warm-up.
    boolean counts(int index) {
        return arrivals[index] >= warmUpNanos;
    }

    /// When it is due, in seconds from the end of the warm-up.
    double seconds(int index) {
        return (arrivals[index] - warmUpNanos) / 1e9;
    }
}
