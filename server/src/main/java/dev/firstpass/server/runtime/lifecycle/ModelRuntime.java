package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which versions are loaded on this replica. A version is loaded when it is first asked for, once however many ask;
/// the others wait for it within their deadlines.
///
/// Thread-safe; owns one platform thread, `lifecycle`, on which everything is loaded and closed.
public final class ModelRuntime implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRuntime.class);
    /// How long a failed load is remembered before it is tried again.
    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

    private final ServableLoader loader;
    private final Duration retryAfter;
    private final ExecutorService lifecycle = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("lifecycle").factory());
    private final Map<ModelRef.Numbered, CompletableFuture<Servable>> loaded = new ConcurrentHashMap<>();

    /// Versions whose last load failed.
    private final Set<ModelRef.Numbered> failed = ConcurrentHashMap.newKeySet();

    /// Held while a load begins, and while the runtime closes: so none begins that closing does not see.
    private final ReentrantLock beginning = new ReentrantLock();

    private boolean closed;

    public ModelRuntime(ServableLoader loader) {
        this(loader, RETRY_AFTER);
    }

    /// @param retryAfter how long a failed load is remembered before it is tried again
    ModelRuntime(ServableLoader loader, Duration retryAfter) {
        this.loader = loader;
        this.retryAfter = retryAfter;
    }

    /// A lease on a version, loading it first if need be.
    ///
    /// @throws FailureException MODEL_NOT_READY when it cannot be loaded or is not in time, DRAINING after `close`
    public ServableLease lease(ModelVersion version, Deadline deadline) throws InterruptedException {
        while (true) {
            Servable servable = await(load(version), deadline);
            Optional<ServableLease> lease = servable.lease();
            if (lease.isPresent()) {
                return lease.get();
            }
            // Retired since the look: it left the map before it was, so the next look finds another or loads anew.
        }
    }

    /// Runs native work that belongs to no request on the lifecycle thread, in its turn among the loads.
    ///
    /// @return completes when it has run; exceptionally with what it threw, or with DRAINING after `close`
    public CompletableFuture<Void> run(Runnable work) {
        return unlessClosed(() -> CompletableFuture.runAsync(work, lifecycle));
    }

    /// Begins to load a version unless it is loaded or loading; does not wait.
    public void preload(ModelVersion version) {
        var _ = load(version);
    }

    /// Whether a version is loaded, or known not to load; begins to load it otherwise. A version that failed to load
    /// stays settled while a request has it tried again.
    public boolean isSettled(ModelVersion version) {
        return failed.contains(version.ref()) || load(version).isDone();
    }

    /// @return completes with the version loaded and warmed up; completes exceptionally with why not
    private CompletableFuture<Servable> load(ModelVersion version) {
        CompletableFuture<Servable> known = loaded.get(version.ref());
        return known != null ? known : unlessClosed(() -> loaded.computeIfAbsent(version.ref(), _ -> begin(version)));
    }

    private <T> CompletableFuture<T> unlessClosed(Supplier<CompletableFuture<T>> task) {
        beginning.lock();
        try {
            return closed
                    ? CompletableFuture.failedFuture(Failure.of(Reason.DRAINING, "the server is going down")
                            .asException())
                    : task.get();
        } finally {
            beginning.unlock();
        }
    }

    private CompletableFuture<Servable> begin(ModelVersion version) {
        ModelRef.Numbered ref = version.ref();
        return CompletableFuture.supplyAsync(() -> loader.load(version, lifecycle), lifecycle)
                .whenComplete((_, failure) -> {
                    if (failure == null) {
                        failed.remove(ref);
                    } else {
                        LOG.error("cannot load {}", ref, failure);
                        failed.add(ref);
                        forgetLater(ref);
                    }
                });
    }

    private void forgetLater(ModelRef.Numbered ref) {
        CompletableFuture.delayedExecutor(retryAfter.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() ->
                        loaded.computeIfPresent(ref, (_, future) -> future.isCompletedExceptionally() ? null : future));
    }

    /// Refuses new leases of a version, lets the ones that are out come back and unloads it.
    ///
    /// @return completes when its memory is given back; at once where it is not loaded
    public CompletableFuture<Void> retire(ModelRef.Numbered ref) {
        failed.remove(ref);
        CompletableFuture<Servable> future = loaded.remove(ref);
        if (future == null) {
            return CompletableFuture.completedFuture(null);
        }
        return future.handle((servable, failure) -> servable)
                .thenCompose(
                        servable -> servable == null ? CompletableFuture.completedFuture(null) : servable.retire());
    }

    /// The versions that are loaded now.
    public List<ModelRef.Numbered> loadedVersions() {
        return loaded.entrySet().stream()
                .filter(entry -> entry.getValue().state() == CompletableFuture.State.SUCCESS)
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Rows that wait in the batch queues of a version; 0 where it is not loaded.
    public int queueDepth(ModelRef.Numbered ref) {
        CompletableFuture<Servable> future = loaded.get(ref);
        return future != null && future.state() == CompletableFuture.State.SUCCESS
                ? future.resultNow().depth()
                : 0;
    }

    private static Servable await(CompletableFuture<Servable> future, Deadline deadline) throws InterruptedException {
        try {
            return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new FailureException(
                    Failure.of(Reason.MODEL_NOT_READY, "the model version is still being loaded"), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FailureException failure) {
                throw failure;
            }
            throw new FailureException(Failure.of(Reason.MODEL_NOT_READY, "the model version cannot be loaded"), e);
        }
    }

    /// Unloads everything, once the leases that are out have come back. A second call does nothing.
    @Override
    public void close() {
        beginning.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            beginning.unlock();
        }
        CompletableFuture.allOf(
                        List.copyOf(loaded.keySet()).stream().map(this::retire).toArray(CompletableFuture[]::new))
                .exceptionally(failure -> {
                    LOG.error("unloading failed", failure);
                    return null;
                })
                .join();
        lifecycle.close();
    }
}
