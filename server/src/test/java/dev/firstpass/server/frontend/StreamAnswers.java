package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Collects what a call of many messages answers.
///
/// Thread-safe, but for `next`, which is for one thread.
public final class StreamAnswers<T> implements StreamObserver<T> {
    private static final long PATIENCE_SECONDS = 20;

    /// In the order in which they came.
    public final List<T> all = Collections.synchronizedList(new ArrayList<>());

    /// Ends with the call.
    public final CompletableFuture<Boolean> done = new CompletableFuture<>();

    private int taken;

    /// Waits until there are so many, or more.
    public void awaitCount(int count) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (all.size() < count && System.nanoTime() - until < 0) {
            Thread.sleep(2);
        }
        assertTrue(all.size() >= count, () -> all.size() + " of " + count + " answers; " + done);
    }

    /// The first that this has not given yet.
    public T next() throws InterruptedException {
        awaitCount(taken + 1);
        return all.get(taken++);
    }

    /// Of the failure that the call ends with.
    public Status.Code code() {
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> done.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        return Status.fromThrowable(thrown).getCode();
    }

    @Override
    public void onNext(T answer) {
        all.add(answer);
    }

    @Override
    public void onError(Throwable thrown) {
        done.completeExceptionally(thrown);
    }

    @Override
    public void onCompleted() {
        done.complete(true);
    }
}
