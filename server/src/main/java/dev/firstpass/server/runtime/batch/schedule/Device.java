package dev.firstpass.server.runtime.batch.schedule;

import java.util.ArrayList;
import java.util.List;

/// What is known of a device: how long runs take on it, and how long it is busy.
///
/// One thread only.
final class Device {
    private final int index;
    private final Buckets buckets;
    private final BatchLimits limits;
    private final BatchPolicy policy;
    private final List<LatencyProfile> profiles = new ArrayList<>();
    private final boolean[][] warm;
    private int running;
    private long freeAtNanos;
    private boolean isUp = true;

    Device(int index, Buckets buckets, BatchLimits limits, BatchPolicy policy) {
        this.index = index;
        this.buckets = buckets;
        this.limits = limits;
        this.policy = policy;
        this.warm = new boolean[buckets.count()][];
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            profiles.add(new LatencyProfile(rows(bucket)));
            warm[bucket] = warmSizes(rows(bucket));
        }
    }

    private static boolean[] warmSizes(int most) {
        boolean[] sizes = new boolean[most + 1];
        for (int size = 1; size <= most; size *= 2) {
            sizes[size] = true;
        }
        sizes[most] = true;
        return sizes;
    }

    private int rows(int bucket) {
        return Math.max(1, Math.min(policy.maxRows(), limits.rows(index, bucket)));
    }

    LatencyProfile profile(int bucket) {
        return profiles.get(bucket);
    }

    /// How long a run will take at most; 0 where nothing is known.
    double nanos(int bucket, int rows) {
        LatencyProfile profile = profiles.get(bucket);
        if (!profile.isKnown()) {
            guess(bucket, profile);
        }
        return profile.nanos(rows);
    }

    private void guess(int bucket, LatencyProfile profile) {
        for (int other = 0; other < profiles.size(); other++) {
            if (profiles.get(other).isKnown()) {
                profile.guess(profiles.get(other), (double) buckets.pixels(bucket) / buckets.pixels(other));
                return;
            }
        }
    }

    /// The most rows that are worth running together.
    int efficientRows(int bucket) {
        return profiles.get(bucket).efficientRows(rows(bucket), policy.leastGain());
    }

    /// The most rows, up to `rows`, that end by `byNanos`; 0 if not even one does.
    int feasibleRows(int bucket, int rows, long startNanos, long byNanos) {
        double room = byNanos - startNanos;
        int low = 0;
        int high = rows;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (nanos(bucket, middle) <= room) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /// `rows`, or a few less if that is a size which was run before: at most one in ten is left behind.
    int preferred(int bucket, int rows) {
        int size = rows;
        while (size > 1 && !warm[bucket][size]) {
            size--;
        }
        return size * 10 >= rows * 9 ? size : rows;
    }

    void ran(int bucket, int rows, long nanos) {
        profiles.get(bucket).observe(rows, nanos);
        if (rows < warm[bucket].length) {
            warm[bucket][rows] = true;
        }
    }

    void started(long startNanos, long nanos) {
        running++;
        freeAtNanos = startNanos + nanos;
    }

    void ended() {
        if (running == 0) {
            throw new IllegalStateException("no run is under way");
        }
        running--;
    }

    /// When it can start the next run.
    long freeAtNanos(long nowNanos) {
        return running > 0 && freeAtNanos - nowNanos > 0 ? freeAtNanos : nowNanos;
    }

    boolean isUp() {
        return isUp;
    }

    void setUp(boolean up) {
        isUp = up;
    }
}
