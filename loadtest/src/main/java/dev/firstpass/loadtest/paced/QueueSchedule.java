package dev.firstpass.loadtest.paced;

import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.Refusal;
import dev.firstpass.server.runtime.batch.schedule.Refusals;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Dynamic batching as servers document it, to hold the server's own against: rows in the order of their arrival, up to a
/// largest batch; one that is not full is held back for a while. It learns nothing and foresees nothing.
///
/// One thread at a time. A decision takes time in proportion to sizes, taking a row back in proportion to rows.
final class QueueSchedule<T> implements Schedule<T> {
    private static final long NEVER = Long.MAX_VALUE;
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LATER_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// Of rows that say no timeout.
    private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final int LEVELS = 4;

    private final Queues queues;
    private final BatchPolicy policy;
    private final Refusals<T> refusals;

    /// By size, then by level; bulk has the last level.
    private final List<List<ArrayDeque<QueuedRow<T>>>> sizes = new ArrayList<>();

    private int rows;
    private int bulkRows;
    private long bytes;
    private long numbers;

    QueueSchedule(Queues queues, Buckets buckets, BatchPolicy policy, Refusals<T> refusals) {
        this.queues = queues;
        this.policy = policy;
        this.refusals = refusals;
        for (int size = 0; size < (queues.kind() == Queues.Kind.ONE ? 1 : buckets.count()); size++) {
            List<ArrayDeque<QueuedRow<T>>> levels = new ArrayList<>();
            for (int level = 0; level < LEVELS; level++) {
                levels.add(new ArrayDeque<>());
            }
            sizes.add(levels);
        }
    }

    private ArrayDeque<QueuedRow<T>> queue(RowTerms terms) {
        int size = queues.kind() == Queues.Kind.ONE ? 0 : terms.bucket();
        return sizes.get(size).get(level(terms));
    }

    private int level(RowTerms terms) {
        if (terms.priority() == Priority.BULK) {
            return LEVELS - 1;
        }
        long timeout =
                queues.kind() == Queues.Kind.LEVELS ? terms.timeoutNanos().orElse(USUAL_NANOS) : 0;
        if (timeout <= SOON_NANOS) {
            return 0;
        }
        return timeout <= LATER_NANOS ? 1 : 2;
    }

    @Override
    public Optional<Refusal> admit(RowTerms terms, long nowNanos) {
        return rows < policy.room().rows()
                ? Optional.empty()
                : Optional.of(new Refusal(Refusal.Cause.QUEUE_FULL, RETRY.toNanos()));
    }

    @Override
    public Optional<Refusal> offer(QueuedRow<T> row, long nowNanos) {
        Optional<Refusal> refusal = admit(row.terms(), nowNanos);
        if (refusal.isEmpty()) {
            long limit = limit(row.terms());
            row.queued(limit, limit, numbers++);
            queue(row.terms()).add(row);
            rows++;
            bulkRows += row.terms().priority() == Priority.BULK ? 1 : 0;
            bytes += row.terms().bytes();
        }
        return refusal;
    }

    private long limit(RowTerms terms) {
        return terms.arrivedNanos()
                + terms.timeoutNanos().orElse(policy.hardLimit().toNanos());
    }

    private void left(QueuedRow<T> row) {
        rows--;
        bulkRows -= row.terms().priority() == Priority.BULK ? 1 : 0;
        bytes -= row.terms().bytes();
    }

    @Override
    public boolean withdraw(QueuedRow<T> row) {
        if (!row.isQueued()) {
            return false;
        }
        var _ = queue(row.terms()).remove(row);
        row.left(QueuedRow.State.WITHDRAWN);
        left(row);
        return true;
    }

    @Override
    public List<QueuedRow<T>> withdrawAll() {
        List<QueuedRow<T>> all =
                sizes.stream().flatMap(List::stream).flatMap(ArrayDeque::stream).toList();
        all.forEach(this::withdraw);
        return all;
    }

    @Override
    public void take(int device, long nowNanos, Batch<T> batch) {
        batch.clear();
        if (queues.hasTimeout()) {
            sizes.forEach(levels -> levels.forEach(queue -> refuseLate(queue, nowNanos)));
        }
        List<ArrayDeque<QueuedRow<T>>> best = List.of();
        for (List<ArrayDeque<QueuedRow<T>>> levels : sizes) {
            if (isReady(levels, nowNanos) && (best.isEmpty() || isBefore(levels, best))) {
                best = levels;
            }
        }
        if (!best.isEmpty()) {
            fill(batch, best, nowNanos);
        }
    }

    private boolean isReady(List<ArrayDeque<QueuedRow<T>>> levels, long now) {
        int waiting = 0;
        long oldest = NEVER;
        boolean isBroken = false;
        for (ArrayDeque<QueuedRow<T>> queue : levels) {
            waiting += queue.size();
            if (!queue.isEmpty()) {
                oldest = Math.min(oldest, arrival(queue));
                isBroken |= queues.kind() == Queues.Kind.ONE && hasTwoSizes(queue);
            }
        }
        return waiting > 0 && (isBroken || waiting >= queues.largest() || now - oldest >= queues.holdNanos());
    }

    private static <T> long arrival(ArrayDeque<QueuedRow<T>> queue) {
        return queue.getFirst().terms().arrivedNanos();
    }

    private static <T> boolean hasTwoSizes(ArrayDeque<QueuedRow<T>> queue) {
        int first = queue.getFirst().terms().bucket();
        return queue.stream().anyMatch(row -> row.terms().bucket() != first);
    }

    private static <T> int top(List<ArrayDeque<QueuedRow<T>>> levels) {
        int level = 0;
        while (levels.get(level).isEmpty()) {
            level++;
        }
        return level;
    }

    private static <T> boolean isBefore(List<ArrayDeque<QueuedRow<T>>> one, List<ArrayDeque<QueuedRow<T>>> other) {
        int level = top(one);
        int otherLevel = top(other);
        return level == otherLevel ? arrival(one.get(level)) < arrival(other.get(level)) : level < otherLevel;
    }

    private void refuseLate(ArrayDeque<QueuedRow<T>> queue, long now) {
        while (!queue.isEmpty() && queue.getFirst().limitNanos() < now) {
            QueuedRow<T> row = queue.removeFirst();
            row.left(QueuedRow.State.REFUSED);
            left(row);
            refusals.refused(row, new Refusal(Refusal.Cause.TOO_LATE, RETRY.toNanos()));
        }
    }

    private void fill(Batch<T> batch, List<ArrayDeque<QueuedRow<T>>> levels, long now) {
        int bucket = levels.get(top(levels)).getFirst().terms().bucket();
        batch.begin(bucket, now);
        for (ArrayDeque<QueuedRow<T>> queue : levels) {
            Iterator<QueuedRow<T>> next = queue.iterator();
            while (batch.rows().size() < queues.largest() && next.hasNext()) {
                QueuedRow<T> row = next.next();
                if (row.terms().bucket() != bucket) {
                    break;
                }
                if (!queues.hasTimeout() || row.limitNanos() >= now) {
                    next.remove();
                    batch.add(row);
                    left(row);
                }
            }
        }
    }

    @Override
    public Duration askAgain() {
        return queues.hold().isZero() ? Schedule.super.askAgain() : queues.hold();
    }

    @Override
    public void ended(int device, int bucket, int batchRows, long nanos) {}

    @Override
    public void failed(int device) {}

    @Override
    public void warmedUp(int device, int bucket, int batchRows, long nanos) {}

    @Override
    public void up(int device, boolean isUp) {}

    @Override
    public void answered(long nanosAfterRun) {}

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int bulkRows() {
        return bulkRows;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /// Not known.
    @Override
    public Duration backlog(long nowNanos) {
        return Duration.ZERO;
    }
}
