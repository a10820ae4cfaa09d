package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Dynamic batching as servers document it: rows in the order of their arrival, up to a largest batch, a batch that is not
/// full being held back for a delay; by choice with queues by size, timeouts and priority levels.
///
/// - **One queue**: a batch is as many of the first rows as have one size. It is sent as it is when the next row has another
///   size.
/// - **A queue for each size**: the devices take from the one whose first row came first.
/// - **Timeouts**: what has waited longer than its own timeout is refused.
/// - **Bulk** has a level of its own behind all else, in each of them.
/// - **Levels**: click, opening an asset, prefetch. Devices take from the size with the row of the highest
///   level, the oldest of these; a batch goes by levels.
final class Queues implements Contender {
    private final Options options;
    private final List<List<ArrayDeque<Ask>>> queues = new ArrayList<>();
    private long wakeNanos = NEVER;

    /// @param bySize whether there is a queue for each size
    /// @param largest batch of each size
    /// @param delayNanos that a batch which is not full is held back
    record Options(boolean bySize, boolean hasTimeout, boolean hasLevels, int[] largest, long delayNanos) {}

    Queues(Options options) {
        this.options = options;
        for (int size = 0; size < (options.bySize ? Gpu.SIZES.count() : 1); size++) {
            List<ArrayDeque<Ask>> levels = new ArrayList<>();
            for (int level = 0; level < (options.hasLevels ? Kind.values().length : 2); level++) {
                levels.add(new ArrayDeque<>());
            }
            queues.add(levels);
        }
    }

    @Override
    public void arrive(Ask ask, long nowNanos) {
        queues.get(options.bySize ? ask.bucket() : 0).get(level(ask.kind())).add(ask);
    }

    private int level(Kind kind) {
        if (options.hasLevels) {
            return kind.level();
        }
        return kind.isInteractive() ? 0 : 1;
    }

    @Override
    public List<Ask> next(int device, long nowNanos) {
        wakeNanos = NEVER;
        if (options.hasTimeout) {
            queues.forEach(levels -> levels.forEach(queue -> refuseLate(queue, nowNanos)));
        }
        List<ArrayDeque<Ask>> best = List.of();
        for (List<ArrayDeque<Ask>> levels : queues) {
            if (isReady(levels, nowNanos) && (best.isEmpty() || isBefore(levels, best))) {
                best = levels;
            }
        }
        return best.isEmpty() ? List.of() : batch(best, nowNanos);
    }

    private boolean isReady(List<ArrayDeque<Ask>> levels, long nowNanos) {
        int rows = 0;
        long oldest = NEVER;
        boolean isBroken = false;
        for (ArrayDeque<Ask> queue : levels) {
            rows += queue.size();
            if (!queue.isEmpty()) {
                oldest = Math.min(oldest, queue.getFirst().arrivedNanos());
                isBroken |= !options.bySize && options.delayNanos > 0 && hasTwoSizes(queue);
            }
        }
        if (rows == 0) {
            return false;
        }
        int largest = options.largest[levels.get(top(levels)).getFirst().bucket()];
        if (isBroken || rows >= largest || nowNanos - oldest >= options.delayNanos) {
            return true;
        }
        wakeNanos = Math.min(wakeNanos, oldest + options.delayNanos);
        return false;
    }

    private static boolean hasTwoSizes(ArrayDeque<Ask> queue) {
        for (Ask ask : queue) {
            if (ask.bucket() != queue.getFirst().bucket()) {
                return true;
            }
        }
        return false;
    }

    private static int top(List<ArrayDeque<Ask>> levels) {
        int level = 0;
        while (levels.get(level).isEmpty()) {
            level++;
        }
        return level;
    }

    private static boolean isBefore(List<ArrayDeque<Ask>> one, List<ArrayDeque<Ask>> other) {
        int level = top(one);
        int otherLevel = top(other);
        return level == otherLevel
                ? one.get(level).getFirst().arrivedNanos()
                        < other.get(level).getFirst().arrivedNanos()
                : level < otherLevel;
    }

    private void refuseLate(ArrayDeque<Ask> queue, long nowNanos) {
        while (options.hasTimeout && !queue.isEmpty() && queue.getFirst().deadlineNanos() < nowNanos) {
            queue.removeFirst();
        }
    }

    private List<Ask> batch(List<ArrayDeque<Ask>> levels, long nowNanos) {
        List<Ask> asks = new ArrayList<>();
        int bucket = levels.get(top(levels)).getFirst().bucket();
        for (ArrayDeque<Ask> queue : levels) {
            while (asks.size() < options.largest[bucket]
                    && !queue.isEmpty()
                    && queue.getFirst().bucket() == bucket) {
                asks.add(queue.removeFirst());
                refuseLate(queue, nowNanos);
            }
        }
        return asks;
    }

    @Override
    public long wakeNanos() {
        return wakeNanos;
    }
}
