package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What is being made, findings for instance: who asks for the same meanwhile waits for them instead of making them once more.
///
/// The first one works for itself alone. If it is cancelled, runs out of time, or fails in any way that need not happen
/// again, those who waited go on by themselves, within the time that they have left. Interactive requests do not wait for
/// bulk ones, which may stand behind them in the queue.
///
/// Thread-safe.
///
/// @param <K> what it depends on
final class Flights<K, V> {
    private final Map<Flight<K>, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /// What somebody else made meanwhile, or what `maker` makes.
    ///
    /// @throws RuntimeException as `maker`; or DEADLINE_EXCEEDED
    Made<V> make(K key, Priority priority, Deadline deadline, Maker<V> maker) throws InterruptedException {
        Flight<K> flight = new Flight<>(key, priority);
        CompletableFuture<V> own = new CompletableFuture<>();
        CompletableFuture<V> others = underWay.putIfAbsent(flight, own);
        if (others == null) {
            return new Made<>(lead(flight, own, maker), false);
        }
        Optional<V> shared = await(others, deadline);
        return shared.isPresent() ? new Made<>(shared.get(), true) : new Made<>(maker.make(), false);
    }

    private V lead(Flight<K> flight, CompletableFuture<V> own, Maker<V> maker) throws InterruptedException {
        try {
            V made = maker.make();
            own.complete(made);
            return made;
        } catch (Throwable e) {
            own.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(flight, own);
        }
    }

    /// Empty where the other one failed, and this one need not.
    private static <V> Optional<V> await(CompletableFuture<V> others, Deadline deadline) throws InterruptedException {
        try {
            return Optional.of(others.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            throw new FailureException(
                    Failure.of(Reason.DEADLINE_EXCEEDED, "the model did not answer before the deadline"), e);
        } catch (ExecutionException e) {
            Failure failure = Failures.of(Objects.requireNonNull(e.getCause()));
            if (failure.reason().retryable() || failure.reason() == Reason.INTERNAL) {
                return Optional.empty();
            }
            throw new FailureException(failure, e);
        }
    }

    /// About how many wait for others now.
    int waiting() {
        return underWay.values().stream()
                .mapToInt(CompletableFuture::getNumberOfDependents)
                .sum();
    }

    private record Flight<K>(K key, Priority priority) {}

    /// Makes what is asked for.
    @FunctionalInterface
    interface Maker<V> {
        V make() throws InterruptedException;
    }

    /// What was asked for, and whether somebody else made it.
    record Made<V>(V value, boolean isShared) {}
}
