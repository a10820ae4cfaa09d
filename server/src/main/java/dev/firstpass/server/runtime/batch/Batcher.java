package dev.firstpass.server.runtime.batch;

import java.util.concurrent.CompletableFuture;

/// The second gate: a bounded queue in front of a model's sessions, one for each device. It forms batches of rows of the same shape and
/// gives each row its share of the outputs.
///
/// Thread-safe. Closing it fails what still waits with MODEL_NOT_READY and returns when no run is under way; the
/// sessions are then no longer used.
public interface Batcher extends AutoCloseable {
    /// Whether a row like this would be taken now and end in time. Asked before the work of making it is done; nothing is
    /// kept for it. Never blocks.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as [#submit]'s
    void admit(RowOutline row);

    /// Queues one row, which belongs to the batcher from this call on, whatever comes of it. Never blocks.
    ///
    /// The future completes on the batcher's thread: with outputs, which the caller then owns and closes; or with a
    /// `FailureException` (OVERLOADED at once when the queue is full or, where the caller has named a deadline,
    /// as soon as it is known that it cannot be kept; DEADLINE_EXCEEDED when the row could not run in time even alone, MODEL_FAILED when the model failed on this very row, INPUT_QUARANTINED when it brought its worker
    /// down twice, WORKER_LOST when that could not be started again in time). A cancelled future's row is not run if it
    /// still waits.
    CompletableFuture<RowOutputs> submit(BatchItem item);

    /// Tells how long an answer took from the end of its run until it was on its way, which deadlines have to leave room
    /// for.
    void answered(long nanosAfterRun);

    /// Whether the memory that outputs lie in is mostly lent, so that who may keep some for long had better copy it.
    boolean areResultsShort();

    /// What waits now, and how deadlines were kept so far.
    QueueState queue();

    @Override
    void close();
}
