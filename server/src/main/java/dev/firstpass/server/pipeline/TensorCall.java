package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.RowOutputs;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// A request for raw tensors on its way: its rows in the batch queue, and whoever waits for all of them. It ends once:
/// with an answer that holds the outputs of all rows and the lease, or with a failure, and then what came or still comes
/// is given back and rows that wait leave the queue.
///
/// Thread-safe.
public final class TensorCall {
    private final CompletableFuture<TensorAnswer> answer = new CompletableFuture<>();
    private final CompletableFuture<Void> taken = new CompletableFuture<>();

    TensorCall() {}

    /// Completes with the answer, which whoever waits then owns and closes; or with what `failure.Failures` maps. On the
    /// batcher's thread mostly: nothing that takes time may hang on it.
    public CompletableFuture<TensorAnswer> answer() {
        return answer;
    }

    /// Completes when the request's tensors are no longer looked at, which after a cancellation may be a moment later.
    public CompletableFuture<Void> isTaken() {
        return taken;
    }

    /// Nobody waits for the answer any more.
    public void cancel() {
        fail(Failure.of(Reason.CANCELLED, "the request was cancelled").asException());
    }

    void taken() {
        taken.complete(null);
    }

    /// It ends before there is a row of it, and nobody looks at its tensors any more.
    void refuse(Throwable failure) {
        taken();
        fail(failure);
    }

    private void fail(Throwable failure) {
        answer.completeExceptionally(failure);
    }

    /// Waits for rows that were submitted. Takes over the lease.
    ///
    /// @param rows one at least
    /// @param joined makes the answer of the rows' outputs; what it throws fails the call
    void await(
            ServableLease lease,
            List<CompletableFuture<RowOutputs>> rows,
            Function<List<RowOutputs>, TensorAnswer> joined) {
        AtomicInteger missing = new AtomicInteger(rows.size());
        for (CompletableFuture<RowOutputs> row : rows) {
            var _ = row.whenComplete((_, failure) -> {
                if (failure != null) {
                    fail(failure);
                }
                if (missing.decrementAndGet() == 0) {
                    end(lease, rows, joined);
                }
            });
        }
        // From here on whoever fails the call ends its rows, whether that was before or is yet to come.
        var _ = answer.whenComplete((_, failure) -> {
            if (failure != null) {
                rows.forEach(row -> row.cancel(false));
            }
        });
    }

    /// All rows have ended, one way or the other.
    private void end(
            ServableLease lease,
            List<CompletableFuture<RowOutputs>> rows,
            Function<List<RowOutputs>, TensorAnswer> joined) {
        List<RowOutputs> outputs = rows.stream()
                .filter(row -> row.state() == CompletableFuture.State.SUCCESS)
                .map(CompletableFuture::resultNow)
                .toList();
        if (outputs.size() == rows.size() && !answer.isDone()) {
            try {
                TensorAnswer whole = joined.apply(outputs);
                if (!answer.complete(whole)) {
                    whole.close();
                }
                return;
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }
        giveBack(lease, outputs);
    }

    static void giveBack(ServableLease lease, List<RowOutputs> outputs) {
        outputs.stream().map(RowOutputs::raw).forEach(RawOutputs::close);
        lease.close();
    }
}
