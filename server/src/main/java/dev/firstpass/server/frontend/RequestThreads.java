package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.audit.Principal;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.security.Callers;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// A virtual thread for every request: what comes after the event loop may block.
///
/// Thread-safe. Closing it interrupts what is still running.
public final class RequestThreads implements AutoCloseable {
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("request-", 0).factory());

    /// Runs `work` on a thread of its own, in the name of who sent the request. When the client goes away or the request's time is up, the thread is
    /// interrupted and the future fails; what `work` returns after that is dropped.
    public <T> CompletableFuture<T> run(ServiceRequestContext context, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        String principal = Callers.find(context).map(Caller::principal).orElse(Principal.LOCAL);
        Future<?> task = start(result, () -> Principal.call(principal, work::call));
        var _ = context.whenRequestCancelling().thenAccept(cause -> {
            result.completeExceptionally(cause);
            task.cancel(true);
        });
        return result;
    }

    /// Runs `work` on a thread of its own; cancelling the returned task interrupts it.
    public Future<?> run(Runnable work) {
        return executor.submit(work);
    }

    private <T> Future<?> start(CompletableFuture<T> result, Callable<T> work) {
        return executor.submit(() -> {
            try {
                result.complete(work.call());
            } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
            }
        });
    }

    /// Interrupts every thread and waits a moment for them to end.
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            var _ = executor.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
