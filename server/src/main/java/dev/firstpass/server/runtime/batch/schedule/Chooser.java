package dev.firstpass.server.runtime.batch.schedule;

import dev.firstpass.server.call.Priority;
import java.util.List;
import java.util.OptionalDouble;

/// The decision for one free device: which bucket, how many rows, whose.
///
/// One thread only. What is hopeless has been refused before.
final class Chooser<T> {
    private static final long NEVER = Long.MAX_VALUE / 2;

    /// How many times as long as another batch a bucket must be able to wait, to let that go first.
    private static final double PATIENCE = 2;

    /// Part of the time that other buckets have to lose which bulk rows may use up: runs can take longer than predicted.
    private static final double OTHERS_PART = 0.9;

    /// How many times as long as a run of interactive rows one with bulk rows may take: nobody waits for those, so they make
    /// up for the short runs.
    private static final double BULK_LENGTH = 1.5;

    private final Buckets buckets;
    private final BatchPolicy policy;
    private final List<Tenant<T>> active;

    /// What the last look at interactive rows found.
    private int bestBucket;

    private int bestRows;
    private long bestDueNanos;

    /// How long after the decision's start the other buckets' batches can wait.
    private double othersNanos;

    /// For each bucket, the batch that would be made of it; 0 rows if none.
    private final int[] plannedRows;

    private final long[] plannedDue;

    /// Time that each of these batches could wait.
    private final double[] slack;

    private Turn turn = Turn.ANY;
    private double leastTime;
    private boolean isOverloaded;
    private double quantumNanos;

    Chooser(Buckets buckets, BatchPolicy policy, List<Tenant<T>> active) {
        this.buckets = buckets;
        this.policy = policy;
        this.active = active;
        this.plannedRows = new int[buckets.count()];
        this.plannedDue = new long[buckets.count()];
        this.slack = new double[buckets.count()];
    }

    /// The least device time that a tenant has had of those with rows of a class waiting.
    OptionalDouble leastTime(Priority priority) {
        double least = Double.POSITIVE_INFINITY;
        for (Tenant<T> tenant : active) {
            Tenant.Line<T> line = tenant.line(priority);
            if (line.rows() > 0) {
                least = Math.min(least, line.time());
            }
        }
        return least == Double.POSITIVE_INFINITY ? OptionalDouble.empty() : OptionalDouble.of(least);
    }

    /// Fills `batch` with what `device` runs from `start` on.
    ///
    /// @param quantum that a run may take, in nanoseconds, if a single row does not take longer
    /// @param overloaded whether more interactive rows wait than can be run in time
    /// @param bulkDebt what bulk rows are owed, in nanoseconds
    /// @return whether it was bulk rows' own turn
    boolean choose(Device device, long start, double quantum, boolean overloaded, double bulkDebt, Batch<T> batch) {
        quantumNanos = quantum;
        isOverloaded = overloaded;
        // Tenants ahead of their share wait, unless this device can do nothing for the others.
        boolean isFound =
                look(device, start, Turn.SAVED) || look(device, start, Turn.SHARED) || look(device, start, Turn.ANY);
        if (!isFound) {
            takeBulk(device, start, batch);
            return true;
        }
        if (bulkDebt > 0 && takeOwed(device, start, bulkDebt, batch)) {
            return true;
        }
        takeInteractive(device, start, batch);
        return false;
    }

    /// Looks for the bucket of interactive rows to run: the fullest batch of those that keep no other bucket waiting, or else
    /// the one with the least time to lose.
    private boolean look(Device device, long start, Turn whose) {
        turn = whose;
        leastTime = leastTime(Priority.INTERACTIVE).orElse(0);
        int urgent = -1;
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            plan(device, bucket, start);
            if (plannedRows[bucket] > 0 && (urgent < 0 || isMoreUrgent(device, bucket, urgent))) {
                urgent = bucket;
            }
        }
        if (urgent < 0) {
            return false;
        }
        bestBucket = fullest(device, urgent);
        bestRows = plannedRows[bestBucket];
        bestDueNanos = plannedDue[bestBucket];
        othersNanos = othersNanos(device);
        return true;
    }

    /// How long the other buckets' batches can wait if they then run one after the other, the most urgent first.
    private double othersNanos(Device device) {
        double least = NEVER;
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            if (bucket != bestBucket && plannedRows[bucket] > 0) {
                least = Math.min(least, slack[bucket] - before(device, bucket));
            }
        }
        return least;
    }

    private double before(Device device, int last) {
        double before = 0;
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            if (bucket != bestBucket
                    && bucket != last
                    && plannedRows[bucket] > 0
                    && isMoreUrgent(device, bucket, last)) {
                before += device.nanos(bucket, plannedRows[bucket]);
            }
        }
        return before;
    }

    /// Plans the batch that would be made of a bucket.
    private void plan(Device device, int bucket, long start) {
        plannedRows[bucket] = 0;
        long due = earliestDue(device, bucket, 1, start);
        if (due == NEVER) {
            return;
        }
        int rows = size(device, bucket, start, due);
        if (isOverloaded) {
            int more = withoutMostUrgent(device, bucket, start, rows);
            long later = more > rows ? earliestDue(device, bucket, more, start) : NEVER;
            if (later != NEVER) {
                rows = more;
                due = later;
            }
        }
        plannedRows[bucket] = rows;
        plannedDue[bucket] = due;
        slack[bucket] = due - start - device.nanos(bucket, rows);
    }

    private boolean isMoreUrgent(Device device, int bucket, int other) {
        return slack[bucket] == slack[other]
                ? speed(device, bucket, plannedRows[bucket]) > speed(device, other, plannedRows[other])
                : slack[bucket] < slack[other];
    }

    private int fullest(Device device, int urgent) {
        int best = urgent;
        double fullest = fullness(device, urgent);
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            if (bucket != urgent
                    && plannedRows[bucket] > 0
                    && slack[urgent] >= PATIENCE * device.nanos(bucket, plannedRows[bucket])
                    && fullness(device, bucket) > fullest) {
                best = bucket;
                fullest = fullness(device, bucket);
            }
        }
        return best;
    }

    /// What a row costs in the best batch of its bucket, of what it costs in the one planned.
    private double fullness(Device device, int bucket) {
        int full = device.efficientRows(bucket);
        int rows = plannedRows[bucket];
        double best = device.nanos(bucket, full) / full;
        return best / Math.max(1, device.nanos(bucket, rows) / rows);
    }

    /// How many rows to run where not all can be run in time anyway: leaving out those that are due so soon that the batch
    /// would be small, if more get done by that than are lost.
    private int withoutMostUrgent(Device device, int bucket, long start, int feasible) {
        int most = brief(device, bucket, device.efficientRows(bucket), start);
        double rate = most / Math.max(1, device.nanos(bucket, most));
        int best = feasible;
        double gain = feasible - rate * device.nanos(bucket, feasible);
        for (int rows = most; rows > feasible; rows--) {
            int there = Math.min(rows, waiting(device, bucket, rows, start, Priority.INTERACTIVE));
            double value = there - rate * device.nanos(bucket, there);
            if (there > feasible && value > gain) {
                gain = value;
                best = there;
            }
        }
        return best;
    }

    private boolean hasTurn(Tenant<T> tenant) {
        return switch (turn) {
            case SAVED -> tenant.hasSavings();
            case SHARED ->
                tenant.line(Priority.INTERACTIVE).time() - leastTime
                        <= policy.tenantLead().toNanos();
            case ANY -> true;
        };
    }

    /// When the first of the rows is due that can be part of a batch of `rows`.
    private long earliestDue(Device device, int bucket, int rows, long start) {
        long end = end(device, bucket, rows, start);
        long earliest = NEVER;
        for (Tenant<T> tenant : active) {
            Tenant.Line<T> line = tenant.line(Priority.INTERACTIVE);
            DueQueue<T> queue = line.queue(bucket);
            if (!queue.isEmpty() && hasTurn(tenant)) {
                int first = queue.dueBefore(end);
                if (first < queue.size()) {
                    long due = queue.get(first).dueNanos();
                    earliest = earliest == NEVER || due - earliest < 0 ? due : earliest;
                }
            }
        }
        return earliest;
    }

    private static long end(Device device, int bucket, int rows, long start) {
        return start + (long) Math.ceil(device.nanos(bucket, rows));
    }

    private int size(Device device, int bucket, long start, long due) {
        int waiting = waiting(device, bucket, 1, start, Priority.INTERACTIVE);
        int rows = device.feasibleRows(bucket, Math.min(waiting, device.efficientRows(bucket)), start, due);
        return device.preferred(bucket, brief(device, bucket, rows, start));
    }

    /// `rows`, or as many as a run of them does not keep the device too long for rows that come meanwhile.
    private int brief(Device device, int bucket, int rows, long start) {
        double longest = Math.max(device.nanos(bucket, 1), quantumNanos);
        return Math.max(1, device.feasibleRows(bucket, rows, start, start + (long) Math.ceil(longest)));
    }

    /// How many rows wait that can be part of a batch of `rows`.
    private int waiting(Device device, int bucket, int rows, long start, Priority priority) {
        long end = end(device, bucket, rows, start);
        int count = 0;
        for (Tenant<T> tenant : active) {
            Tenant.Line<T> line = tenant.line(priority);
            DueQueue<T> queue = line.queue(bucket);
            if (!queue.isEmpty() && (priority == Priority.BULK || hasTurn(tenant))) {
                count += queue.size() - queue.dueBefore(end);
            }
        }
        return count;
    }

    private double speed(Device device, int bucket, int rows) {
        return buckets.pixels(bucket) * rows / Math.max(1, device.nanos(bucket, rows));
    }

    private void takeInteractive(Device device, long start, Batch<T> batch) {
        batch.begin(bestBucket, start);
        double share = device.nanos(bestBucket, bestRows) / bestRows;
        fillByDue(device, start, bestRows, share, batch);
        fillByTurns(device, bestBucket, start, batch.size() + bulkRoom(device, start, batch.size()), share, batch);
        batch.predicted((long) Math.ceil(device.nanos(bestBucket, batch.size())));
    }

    /// How many bulk rows can run along without keeping anybody waiting.
    private int bulkRoom(Device device, long start, int taken) {
        int bulk = waiting(device, bestBucket, 1, start, Priority.BULK);
        if (bulk == 0) {
            return 0;
        }
        double room = Math.min(
                (double) (bestDueNanos - start), Math.min(OTHERS_PART * othersNanos, quantum(device, bestBucket)));
        int most = Math.min(taken + bulk, device.efficientRows(bestBucket));
        int rows = device.feasibleRows(bestBucket, most, start, start + (long) room);
        return Math.max(0, device.preferred(bestBucket, rows) - taken);
    }

    /// Rows in the order in which they are due: first of tenants within their share, then of others.
    private void fillByDue(Device device, long start, int rows, double share, Batch<T> batch) {
        long end = end(device, bestBucket, rows, start);
        while (batch.size() < rows) {
            int first = -1;
            boolean isFirstFair = false;
            long earliest = 0;
            for (int index = 0; index < active.size(); index++) {
                Tenant.Line<T> line = active.get(index).line(Priority.INTERACTIVE);
                DueQueue<T> queue = line.queue(bestBucket);
                int next = queue.isEmpty() ? 0 : queue.dueBefore(end);
                if (next < queue.size()) {
                    boolean fair = hasTurn(active.get(index));
                    long due = queue.get(next).dueNanos();
                    if (first < 0 || (fair && !isFirstFair) || (fair == isFirstFair && due - earliest < 0)) {
                        first = index;
                        isFirstFair = fair;
                        earliest = due;
                    }
                }
            }
            if (first < 0) {
                return;
            }
            bestDueNanos = earliest - bestDueNanos < 0 ? earliest : bestDueNanos;
            take(active.get(first), Priority.INTERACTIVE, bestBucket, end, share, batch);
        }
    }

    private void take(Tenant<T> tenant, Priority priority, int bucket, long end, double share, Batch<T> batch) {
        Tenant.Line<T> line = tenant.line(priority);
        batch.add(line.remove(bucket, line.queue(bucket).dueBefore(end)));
        line.charge(share / tenant.weight());
        if (priority == Priority.INTERACTIVE) {
            tenant.spend(share, (double) policy.tenantSavings().toNanos());
        }
    }

    /// How long a run with bulk rows may take.
    private double quantum(Device device, int bucket) {
        return Math.max(device.nanos(bucket, 1), Math.min(BULK_LENGTH * quantumNanos, (double)
                policy.bulkQuantum().toNanos()));
    }

    /// Bulk rows of a bucket, of the tenants in turns: whoever has had least.
    private void fillByTurns(Device device, int bucket, long start, int rows, double share, Batch<T> batch) {
        long end = end(device, bucket, rows, start);
        while (batch.size() < rows) {
            int least = -1;
            for (int index = 0; index < active.size(); index++) {
                DueQueue<T> queue = active.get(index).line(Priority.BULK).queue(bucket);
                if (!queue.isEmpty()
                        && queue.dueBefore(end) < queue.size()
                        && (least < 0 || time(index) < time(least))) {
                    least = index;
                }
            }
            if (least < 0) {
                return;
            }
            take(active.get(least), Priority.BULK, bucket, end, share, batch);
        }
    }

    private double time(int tenant) {
        return active.get(tenant).line(Priority.BULK).time();
    }

    /// A run of bulk rows alone.
    private void takeBulk(Device device, long start, Batch<T> batch) {
        int bucket = bulkBucket(device, start);
        if (bucket < 0) {
            return;
        }
        int rows = bulkRows(device, bucket, start);
        batch.begin(bucket, start);
        fillByTurns(device, bucket, start, rows, device.nanos(bucket, rows) / rows, batch);
        batch.predicted((long) Math.ceil(device.nanos(bucket, batch.size())));
    }

    /// Of the tenant that has had least: the bucket of a row that has waited beyond its target, or else the one in which
    /// most gets done.
    private int bulkBucket(Device device, long start) {
        int bucket = -1;
        double least = 0;
        for (int index = 0; index < active.size(); index++) {
            Tenant.Line<T> line = active.get(index).line(Priority.BULK);
            if (line.rows() > 0 && (bucket < 0 || line.time() < least)) {
                int found = bulkBucket(device, start, line);
                if (found >= 0) {
                    bucket = found;
                    least = line.time();
                }
            }
        }
        return bucket;
    }

    private int bulkBucket(Device device, long start, Tenant.Line<T> line) {
        int best = -1;
        boolean isBestAged = false;
        long bestArrival = 0;
        double bestSpeed = 0;
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            DueQueue<T> queue = line.queue(bucket);
            int first = queue.isEmpty() ? 0 : queue.dueBefore(end(device, bucket, 1, start));
            if (first < queue.size()) {
                QueuedRow<T> row = queue.get(first);
                long arrival = row.terms().arrivedNanos();
                boolean isAged = start - arrival > policy.bulkTarget().toNanos();
                double speed = speed(device, bucket, bulkRows(device, bucket, start));
                boolean isBetter =
                        isAged == isBestAged ? (isAged ? arrival - bestArrival < 0 : speed > bestSpeed) : isAged;
                if (best < 0 || isBetter) {
                    best = bucket;
                    isBestAged = isAged;
                    bestArrival = arrival;
                    bestSpeed = speed;
                }
            }
        }
        return best;
    }

    /// How many bulk rows to run: fewer where one would be refused otherwise. Those that would only miss a target are left
    /// for a run after.
    private int bulkRows(Device device, int bucket, long start) {
        int most = Math.min(waiting(device, bucket, 1, start, Priority.BULK), device.efficientRows(bucket));
        double longest = Math.min(quantum(device, bucket), (double) (earliestBulkLimit(device, bucket, start) - start));
        int feasible = device.feasibleRows(bucket, most, start, start + (long) longest);
        int rows = device.preferred(bucket, Math.max(1, feasible));
        while (rows > 1 && waiting(device, bucket, rows, start, Priority.BULK) == 0) {
            rows /= 2;
        }
        return rows;
    }

    /// When the first of the bulk rows is refused, of those that are due first among their tenants'.
    private long earliestBulkLimit(Device device, int bucket, long start) {
        long end = end(device, bucket, 1, start);
        long earliest = start + NEVER / 2;
        for (Tenant<T> tenant : active) {
            DueQueue<T> queue = tenant.line(Priority.BULK).queue(bucket);
            int first = queue.isEmpty() ? 0 : queue.dueBefore(end);
            if (first < queue.size() && !queue.get(first).hasFurtherDate()) {
                long limit = queue.get(first).dueNanos();
                earliest = limit - earliest < 0 ? limit : earliest;
            }
        }
        return earliest;
    }

    /// A run of bulk rows that are owed one: when nobody is kept waiting by it, or else when they are owed twice as much.
    private boolean takeOwed(Device device, long start, double debt, Batch<T> batch) {
        int bucket = bulkBucket(device, start);
        if (bucket < 0) {
            return false;
        }
        double cost = device.nanos(bucket, bulkRows(device, bucket, start));
        double slack = Math.min(bestDueNanos - start - device.nanos(bestBucket, bestRows), othersNanos);
        if (debt < cost || (debt < 2 * cost && slack < cost)) {
            return false;
        }
        takeBulk(device, start, batch);
        return true;
    }

    /// Which tenants' rows may run.
    private enum Turn {
        /// Of those that have had less than their share.
        SAVED,
        /// Of those that are not far ahead of the others that wait.
        SHARED,
        ANY
    }
}
