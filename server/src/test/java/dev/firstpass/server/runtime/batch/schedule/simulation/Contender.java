package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.List;

/// A way to form batches.
interface Contender {
    long NEVER = Long.MAX_VALUE;

    void arrive(Ask ask, long nowNanos);

    /// What a free device runs now; none if it is to wait.
    List<Ask> next(int device, long nowNanos);

    /// A run has ended.
    default void ended(int device, int bucket, int rows, long nanos) {}

    /// When to ask again though nothing has happened.
    default long wakeNanos() {
        return NEVER;
    }
}
