package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.concurrent.CompletableFuture;

/// A row that waits or runs, and whoever waits for it. Each ends in exactly one of `complete`, `fail` and `isOver`, which
/// give the row's memory back.
///
/// Thread-safe.
///
/// @param isBack whether it has been back in the queue after a run that was lost
record Ticket(BatchItem item, CompletableFuture<RowOutputs> future, long submittedNanos, boolean isBack) {
    /// The same, back in the queue.
    Ticket back() {
        return new Ticket(item, future, submittedNanos, true);
    }

    void complete(RowOutputs outputs) {
        item.row().close();
        if (!future.complete(outputs)) {
            outputs.raw().close();
        }
    }

    void fail(Throwable failure) {
        item.row().close();
        future.completeExceptionally(failure);
    }

    /// Whether nobody waits for it any more; a row past its deadline is told so.
    boolean isOver() {
        if (item.waiter().deadline().isPassed()) {
            fail(Failure.of(Reason.DEADLINE_EXCEEDED, "the deadline passed in the queue")
                    .asException());
        } else if (future.isDone()) {
            item.row().close();
        }
        return future.isDone();
    }
}
