package dev.firstpass.loadtest.drive;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Sends requests when they are due. Who is late catches up at once, and the delay counts: a server that slows its clients
/// down does not look better for it.
///
/// For one thread.
public final class OpenLoop {
    private final LongSupplier nanoClock;
    private final LongConsumer park;

    /// On the machine's clock.
    public OpenLoop() {
        this(System::nanoTime, LockSupport::parkNanos);
    }

    /// @param park waits for as many nanoseconds, or fewer
    OpenLoop(LongSupplier nanoClock, LongConsumer park) {
        this.nanoClock = nanoClock;
        this.park = park;
    }

    /// Sends all requests and waits for their answers.
    ///
    /// @param arrivals nanoseconds from now, in order
    /// @param patience after the last request; what is not there by then has failed
    /// @return in the order of the arrivals
    public List<Shot> drive(Door door, long[] arrivals, Asks asks, Duration patience) throws InterruptedException {
        long start = nanoClock.getAsLong();
        List<CompletableFuture<Shot>> coming = new ArrayList<>(arrivals.length);
        for (int index = 0; index < arrivals.length; index++) {
            waitUntil(start + arrivals[index]);
            coming.add(send(door, index, arrivals[index], start, asks));
        }
        long end = nanoClock.getAsLong() + patience.toNanos();
        List<Shot> shots = new ArrayList<>(coming.size());
        for (int index = 0; index < coming.size(); index++) {
            shots.add(await(coming.get(index), index, arrivals[index], start, end));
        }
        return shots;
    }

    private CompletableFuture<Shot> send(Door door, int index, long due, long start, Asks asks) {
        Ask ask = asks.ask(index, start + due);
        long sent = nanoClock.getAsLong() - start;
        return door.send(ask).thenApply(answer -> new Shot(index, due, sent, nanoClock.getAsLong() - start, answer));
    }

    private void waitUntil(long nanos) throws InterruptedException {
        for (long left = nanos - nanoClock.getAsLong(); left > 0; left = nanos - nanoClock.getAsLong()) {
            park.accept(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("the drive was interrupted");
            }
        }
    }

    private Shot await(CompletableFuture<Shot> shot, int index, long due, long start, long end)
            throws InterruptedException {
        try {
            return shot.get(Math.max(0, end - nanoClock.getAsLong()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return new Shot(index, due, due, nanoClock.getAsLong() - start, Answer.failed("no answer"));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a door must not fail", e);
        }
    }

    /// Makes the requests.
    @FunctionalInterface
    public interface Asks {
        /// @param dueNanos on the clock of the drive
        Ask ask(int index, long dueNanos);
    }
}
