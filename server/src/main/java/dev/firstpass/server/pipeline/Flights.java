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

/// Findings that are being made: who asks for the same meanwhile waits for them instead of making them once more.
///
/// The first one works for itself alone. If it is cancelled, runs out of time, or fails in any way that need not happen
/// again, those who waited go on by themselves, within the time that they have left. Interactive requests do not wait for
/// bulk ones, which may stand behind them in the queue.
///
/// Thread-safe.
final class Flights {
    private final Map<Flight, CompletableFuture<Findings>> underWay = new ConcurrentHashMap<>();

    /// What somebody else made meanwhile, or what `maker` makes.
    ///
    /// @throws RuntimeException as `maker`; or DEADLINE_EXCEEDED
    Made make(FindingsKey key, Priority priority, Deadline deadline, Maker maker) throws InterruptedException {
        Flight flight = new Flight(key, priority);
        CompletableFuture<Findings> own = new CompletableFuture<>();
        CompletableFuture<Findings> others = underWay.putIfAbsent(flight, own);
        if (others == null) {
            return new Made(lead(flight, own, maker), false);
        }
        Optional<Findings> shared = await(others, deadline);
        return shared.isPresent() ? new Made(shared.get(), true) : new Made(maker.make(), false);
    }

    private Findings lead(Flight flight, CompletableFuture<Findings> own, Maker maker) throws InterruptedException {
        try {
            Findings made = maker.make();
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
    private static Optional<Findings> await(CompletableFuture<Findings> others, Deadline deadline)
            throws InterruptedException {
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

    private record Flight(FindingsKey key, Priority priority) {}

    /// Makes findings.
    @FunctionalInterface
    interface Maker {
        Findings make() throws InterruptedException;
    }

    /// Findings, and whether somebody else made them.
    record Made(Findings findings, boolean isShared) {}
}
