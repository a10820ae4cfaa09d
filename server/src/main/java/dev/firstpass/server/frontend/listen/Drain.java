package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.frontend.Operations;
import java.time.Duration;

/// How a listener goes down without losing a request: first it says so (draining), then it takes no more
/// (closed), and then it waits for the requests and the long work in flight. A request counts from its head on over
/// HTTP/1, and from when it was read over HTTP/2.
///
/// Thread-safe.
final class Drain implements Operations.InFlight {
    private enum State {
        OPEN,
        DRAINING,
        CLOSED
    }

    private State state = State.OPEN;
    private int inFlight;
    private int abandoned;
    private long closedNanos;

    @Override
    public synchronized void began() {
        inFlight++;
    }

    @Override
    public synchronized void ended() {
        inFlight--;
        notifyAll();
    }

    synchronized boolean isDraining() {
        return state != State.OPEN;
    }

    /// @param sinceNanos when the request's head was read, by `System.nanoTime()`
    synchronized boolean refuses(long sinceNanos) {
        return state == State.CLOSED && sinceNanos - closedNanos > 0;
    }

    synchronized int inFlight() {
        return inFlight;
    }

    /// How many were still in flight when the time to wait for them was over.
    synchronized int abandoned() {
        return abandoned;
    }

    synchronized void drain() {
        if (state == State.OPEN) {
            state = State.DRAINING;
        }
    }

    /// Takes no more requests and waits until none is in flight, or the time is over.
    synchronized void closeAndWait(Duration limit) throws InterruptedException {
        closedNanos = System.nanoTime();
        state = State.CLOSED;
        long deadline = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos(); inFlight > 0 && left > 0; left = deadline - System.nanoTime()) {
            wait(Math.max(1, left / 1_000_000));
        }
        abandoned = inFlight;
    }
}
