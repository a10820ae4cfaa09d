package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.server.runtime.batch.RowOutputs;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// What was asked of one stage since it was loaded, and how long it took; whichever door it came through.
///
/// Runs are counted by the rows that they gave to somebody: one whose rows nobody waited for any more is not seen here.
///
/// Thread-safe; counting takes no lock. What is read while requests end may be off by those.
public final class StageCounts {
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder succeededNanos = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder failedNanos = new LongAdder();
    private final LongAdder queueNanos = new LongAdder();
    private final LongAdder inferNanos = new LongAdder();

    /// Time of the request that ended last; meaningful once there was one.
    private final AtomicLong lastNanos = new AtomicLong();

    /// By the rows in a run.
    private final Map<Integer, Runs> runs = new ConcurrentHashMap<>();

    /// A request was answered.
    ///
    /// @param rows its own
    /// @param nanos from when it had its lease until it had its rows
    /// @param now of the clock that [#totals] reads
    void succeeded(List<RowOutputs> rows, long nanos, long now) {
        long queued = 0;
        long ran = 0;
        for (RowOutputs row : rows) {
            queued = Math.max(queued, row.queueNanos());
            ran = Math.max(ran, row.inferNanos());
            Runs same = runs.computeIfAbsent(row.batchSize(), _ -> new Runs());
            same.rows.increment();
            same.rowNanos.add(row.inferNanos());
        }
        queueNanos.add(queued);
        inferNanos.add(ran);
        succeededNanos.add(nanos);
        succeeded.increment();
        lastNanos.set(now);
    }

    /// A request that had its lease failed, or nobody waited for it any more.
    void failed(long nanos) {
        failedNanos.add(nanos);
        failed.increment();
    }

    /// All of it until now.
    Totals totals(LongSupplier nanoClock) {
        long ended = succeeded.sum();
        SortedMap<Integer, Batches> bySize = new TreeMap<>();
        runs.forEach((size, same) -> bySize.put(
                size, new Batches(same.rows.sum(), Math.ceilDiv(same.rows.sum(), size), same.rowNanos.sum() / size)));
        return new Totals(
                ended,
                succeededNanos.sum(),
                failed.sum(),
                failedNanos.sum(),
                queueNanos.sum(),
                inferNanos.sum(),
                ended == 0
                        ? Optional.empty()
                        : Optional.of(Duration.ofNanos(Math.max(0, nanoClock.getAsLong() - lastNanos.get()))),
                bySize);
    }

    /// What was asked of a stage until some moment.
    ///
    /// Immutable.
    ///
    /// @param succeeded requests that were answered
    /// @param failed requests that were not
    /// @param queueNanos for each answered request, of the row that waited longest
    /// @param inferNanos for each answered request, of the run that took longest
    /// @param sinceLast time since the last one was answered
    /// @param batches by the rows in a run
    public record Totals(
            long succeeded,
            long succeededNanos,
            long failed,
            long failedNanos,
            long queueNanos,
            long inferNanos,
            Optional<Duration> sinceLast,
            SortedMap<Integer, Batches> batches) {
        /// Of what is not loaded.
        public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, Optional.empty(), new TreeMap<>());

        public Totals {
            batches = Collections.unmodifiableSortedMap(new TreeMap<>(batches));
        }

        /// Rows that were run.
        public long rows() {
            return batches.values().stream().mapToLong(Batches::rows).sum();
        }

        /// Runs, of one row or more each.
        public long runs() {
            return batches.values().stream().mapToLong(Batches::runs).sum();
        }
    }

    /// Runs of the same number of rows.
    ///
    /// @param nanos of all of them
    public record Batches(long rows, long runs, long nanos) {}

    private static final class Runs {
        private final LongAdder rows = new LongAdder();
        private final LongAdder rowNanos = new LongAdder();
    }
}
