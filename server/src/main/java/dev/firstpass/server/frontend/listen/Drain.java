package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.frontend.Operations;
import java.time.Duration;

/// How a listener goes down without losing a request: first it says so (draining), then it takes no more
/// (closed), and then it waits for the requests and the long work in flight.
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

    synchronized boolean isClosed() {
        return state == State.CLOSED;
    }

    synchronized void drain() {
        if (state == State.OPEN) {
            state = State.DRAINING;
        }
    }

    /// Takes no more requests and waits until none is in flight.
    ///
    /// @return how many still were when the time was over
    synchronized int closeAndWait(Duration limit) throws InterruptedException {
        state = State.CLOSED;
        long deadline = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos(); inFlight > 0 && left > 0; left = deadline - System.nanoTime()) {
            wait(Math.max(1, left / 1_000_000));
        }
        return inFlight;
    }
}
