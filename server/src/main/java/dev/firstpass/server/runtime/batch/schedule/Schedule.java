package dev.firstpass.server.runtime.batch.schedule;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Which rows of one model version run next, on which of its devices, and how many together. [BatchSchedule] is the one that
/// servers have; load tests hold others against it.
///
/// A function of its calls and of the clock readings that come with them: no threads, no waiting. One thread at a time.
/// Each row comes out once: in a batch, refused or withdrawn.
public interface Schedule<T> {
    /// Whether a row could be queued now and would end in time. Asked before an image is decoded; nothing is kept for it.
    ///
    /// @return why not, if not
    Optional<Refusal> admit(RowTerms terms, long nowNanos);

    /// Queues a row, unless [#admit] would refuse it.
    ///
    /// @return why it was not queued, if it was not; the row is the caller's then, and may be offered no more
    Optional<Refusal> offer(QueuedRow<T> row, long nowNanos);

    /// Takes back a row that nobody waits for any more.
    ///
    /// @return whether it still waited; else it runs, has run or was refused
    boolean withdraw(QueuedRow<T> row);

    /// Takes back all rows that wait.
    List<QueuedRow<T>> withdrawAll();

    /// Decides what a device runs next; the run counts as begun. Called whenever a device is free and rows wait.
    ///
    /// @param batch gets the rows; none if nothing is to run now on this device
    void take(int device, long nowNanos, Batch<T> batch);

    /// How soon a device that was given nothing, though rows wait, is to ask again, unless something comes before.
    default Duration askAgain() {
        return Duration.ofMillis(20);
    }

    /// Tells that a run has ended well, to learn from.
    ///
    /// @param nanos it took on the device
    void ended(int device, int bucket, int batchRows, long nanos);

    /// Tells that a run has ended from which nothing can be learned.
    void failed(int device);

    /// Tells of a run that no decision led to: of the warm-up.
    ///
    /// @param nanos it took on the device
    void warmedUp(int device, int bucket, int batchRows, long nanos);

    /// Tells whether a device can run anything. Those that cannot are not counted on.
    void up(int device, boolean isUp);

    /// Tells how long an answer took from the end of its run until it was on its way.
    void answered(long nanosAfterRun);

    /// Rows that wait.
    int rows();

    /// Bulk rows among them.
    int bulkRows();

    /// Memory of the rows that wait.
    long bytes();

    /// How long the devices will need for what waits.
    Duration backlog(long nowNanos);

    /// How long ago the request came whose row has waited longest, in nanoseconds; 0 where none waits. Looks at each row.
    default long longestWait(long nowNanos) {
        return 0;
    }
}
