package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.batch.Batcher;
import dev.firstpass.server.runtime.batch.RowOutline;
import dev.firstpass.server.runtime.batch.RowOutputs;
import dev.firstpass.server.runtime.device.MadeRowLayout;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.RowLayout;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.RowSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// The right to infer with one version, for one request. Hold it briefly: holding it delays the version's unloading.
///
/// For one thread at a time. Who was given it closes it; a second close does nothing.
public final class ServableLease implements AutoCloseable {
    private final Servable servable;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// Told, when this is given back, how long the caller has worked on what the last run gave.
    private Runnable whenAnswered = () -> {};

    ServableLease(Servable servable) {
        this.servable = servable;
    }

    public ModelVersion version() {
        return servable.version();
    }

    /// Plans rows of an asset, or of tensors that the family has made, in memory that the version can run on, as
    /// `DecodingHost.plan` does, unless a stage would refuse them: so nothing is decoded that will not be run.
    ///
    /// @param rows as the stage's source has them
    /// @throws dev.firstpass.server.failure.FailureException with the reasons of `Batcher.admit`
    public RowPlan plan(byte[] bytes, StageSpec stage, StageRows rows, Waiter waiter) throws InterruptedException {
        RowLayout layout = switch (rows) {
            case StageRows.Parts(List<RowSource> parts) -> servable.decoding().layOut(bytes, stage.input(), parts);
            case StageRows.Made(List<StageRows.MadeRow> made) -> new MadeRowLayout(servable.room(), made);
        };
        RowSize first = layout.first();
        servable.stage(stage.name()).batcher().admit(new RowOutline(first.shapes(), first.bytes(), waiter));
        return layout.reserve(waiter.deadline());
    }

    /// Whether a row like this would be taken by a stage now, before anybody puts it anywhere.
    ///
    /// @throws dev.firstpass.server.failure.FailureException with the reasons of `Batcher.admit`
    public void admit(String stage, RowOutline row) {
        servable.stage(stage).batcher().admit(row);
    }

    /// Tells how long an answer of a stage that was submitted took from the end of its run until it was on its way. `infer`
    /// does so by itself.
    public void answered(String stage, long nanosAfterRun) {
        servable.stage(stage).batcher().answered(nanosAfterRun);
    }

    /// Counts a request whose rows were submitted one by one and have come back. `infer` does so by itself.
    ///
    /// @param nanos from when it had the lease
    /// @param now of the clock that [ModelRuntime#counts] is asked with
    public void succeeded(String stage, List<RowOutputs> rows, long nanos, long now) {
        servable.counts(stage).succeeded(rows, nanos, now);
    }

    /// The same for one that failed.
    public void failed(String stage, long nanos) {
        servable.counts(stage).failed(nanos);
    }

    /// Whether the memory that a stage's results lie in is mostly lent.
    public boolean areResultsShort(String stage) {
        return servable.stage(stage).batcher().areResultsShort();
    }

    /// What a stage's model file says of itself.
    public ModelSignature signature(String stage) {
        return servable.stage(stage).signature();
    }

    /// Where rows for the version are put that are not made by `plan`. Whoever takes a block of it owns that.
    public Region room() {
        return servable.room();
    }

    /// Puts one row into a stage's batch queue, as `Batcher.submit` does. Never blocks. The lease is not to be closed
    /// before the outputs are.
    public CompletableFuture<RowOutputs> submit(String stage, BatchItem item) {
        if (closed.get()) {
            throw new IllegalStateException("lease was closed");
        }
        return servable.stage(stage).batcher().submit(item);
    }

    /// Puts rows into a stage's batch queue, which owns them from then on, and waits for what they get; the caller
    /// closes that. When one row is refused or the wait ends early, the others leave the queue and what they may still
    /// get is thrown away.
    ///
    /// @return in the order of `items`
    /// @throws dev.firstpass.server.failure.FailureException with the reasons of `Batcher.submit`
    public List<RowOutputs> infer(String stage, List<BatchItem> items) throws InterruptedException {
        if (closed.get()) {
            throw new IllegalStateException("lease was closed");
        }
        Batcher batcher = servable.stage(stage).batcher();
        LongSupplier nanoClock = items.getFirst().waiter().deadline().nanoClock();
        long began = nanoClock.getAsLong();
        List<CompletableFuture<RowOutputs>> futures =
                items.stream().map(batcher::submit).toList();
        try {
            for (CompletableFuture<RowOutputs> future : futures) {
                if (future.isCompletedExceptionally()) {
                    throw failure(future.exceptionNow());
                }
            }
            List<RowOutputs> outputs = new ArrayList<>(items.size());
            for (int i = 0; i < items.size(); i++) {
                outputs.add(await(futures.get(i), items.get(i).waiter().deadline()));
            }
            whenAnswered = whenAnswered(batcher, nanoClock);
            long now = nanoClock.getAsLong();
            succeeded(stage, outputs, now - began, now);
            return outputs;
        } catch (InterruptedException | RuntimeException | Error e) {
            failed(stage, nanoClock.getAsLong() - began);
            futures.forEach(ServableLease::abandon);
            throw e;
        }
    }

    private static Runnable whenAnswered(Batcher batcher, LongSupplier nanoClock) {
        long ran = nanoClock.getAsLong();
        return () -> batcher.answered(nanoClock.getAsLong() - ran);
    }

    private static RowOutputs await(CompletableFuture<RowOutputs> future, Deadline deadline)
            throws InterruptedException {
        try {
            return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new FailureException(
                    Failure.of(Reason.DEADLINE_EXCEEDED, "the model did not answer before the deadline"), e);
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNull(e.getCause()));
        }
    }

    private static RuntimeException failure(Throwable thrown) {
        return thrown instanceof RuntimeException failure
                ? failure
                : new IllegalStateException("inference failed", thrown);
    }

    private static void abandon(CompletableFuture<RowOutputs> future) {
        if (!future.cancel(false) && !future.isCompletedExceptionally()) {
            var _ = future.thenAccept(late -> late.raw().close());
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            whenAnswered.run();
            servable.release();
        }
    }
}
