package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Door;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.DoubleAdder;

/// Bulk work without end: so many requests are under way at any time. One that is refused is asked again after a while.
///
/// Thread-safe. Who makes it closes it: no further ones are sent then.
final class Backlog implements AutoCloseable {
    private static final long AGAIN_MILLIS = 50;

    private final Door door;
    private final Mix mix;
    private final Random random;
    private final AtomicInteger numbers = new AtomicInteger(1 << 30);
    private final DoubleAdder area = new DoubleAdder();
    private final Executor later = CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    private volatile boolean isClosed;

    /// @param requests under way at any time
    Backlog(Door door, Mix mix, int requests, long seed) {
        this.door = door;
        this.mix = mix;
        this.random = new Random(seed);
        for (int i = 0; i < requests; i++) {
            next();
        }
    }

    private void next() {
        if (isClosed) {
            return;
        }
        Mix.Order order;
        synchronized (random) {
            order = Mix.bulk(random);
        }
        var _ = door.send(mix.ask(order, System.nanoTime(), numbers.getAndIncrement()))
                .thenAccept(answer -> ended(order, answer));
    }

    private void ended(Mix.Order order, Answer answer) {
        if (answer.isGood()) {
            area.add(order.area());
            next();
        } else {
            later.execute(this::next);
        }
    }

    /// What was done so far, the smallest size being 1.
    double area() {
        return area.sum();
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
