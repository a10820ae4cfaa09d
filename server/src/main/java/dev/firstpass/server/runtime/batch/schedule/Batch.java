package dev.firstpass.server.runtime.batch.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Rows of one bucket that run together on one device. It is used again for the device's next runs.
///
/// One thread only; from the decision to the end of the run, the device's.
public final class Batch<T> {
    private final ArrayList<QueuedRow<T>> rows = new ArrayList<>();
    private final List<QueuedRow<T>> view = Collections.unmodifiableList(rows);
    private int bucket;
    private long startNanos;
    private long predictedNanos;

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /// Those of the last decision, until the next.
    public List<QueuedRow<T>> rows() {
        return view;
    }

    public int bucket() {
        return bucket;
    }

    /// Reading of the clock at which the run was thought to start.
    public long startNanos() {
        return startNanos;
    }

    /// How long the run was thought to take at most; 0 where nothing was known.
    public long predictedNanos() {
        return predictedNanos;
    }

    /// Before the next decision; a decision does it too.
    public void clear() {
        rows.clear();
        predictedNanos = 0;
    }

    /// Empties it for a decision.
    ///
    /// @param start reading of the clock at which the run is thought to start
    public void begin(int newBucket, long start) {
        clear();
        bucket = newBucket;
        startNanos = start;
    }

    /// Takes a row out of its queue, by a schedule's decision.
    public void add(QueuedRow<T> row) {
        row.left(QueuedRow.State.TAKEN);
        rows.add(row);
    }

    int size() {
        return rows.size();
    }

    void predicted(long nanos) {
        predictedNanos = nanos;
    }
}
