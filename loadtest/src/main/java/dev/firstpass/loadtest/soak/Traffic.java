package dev.firstpass.loadtest.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// Goes along lanes, each by a thread of its own, until it is closed.
///
/// Thread-safe. Who starts it closes it, which waits for what is under way.
final class Traffic implements AutoCloseable {
    private static final double NANOS = 1e9;

    private final Book book;
    private final long began = System.nanoTime();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    private Traffic(Book book) {
        this.book = book;
    }

    static Traffic start(List<Lane> lanes, Book book) {
        Traffic traffic = new Traffic(book);
        for (Lane lane : lanes) {
            traffic.threads.add(Thread.ofPlatform().name(lane.name()).start(() -> traffic.drive(lane)));
        }
        return traffic;
    }

    private void drive(Lane lane) {
        for (long turn = 0; !isOver.get(); turn++) {
            Told told;
            try {
                told = lane.call().send(turn);
            } catch (Exception e) {
                told = Told.unexpected("no answer", rootCause(e).toString());
            }
            book.note(lane.name(), told, (System.nanoTime() - began) / NANOS);
            LockSupport.parkNanos(lane.pause().toNanos());
        }
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
            cause = deeper;
        }
        return cause;
    }

    @Override
    public void close() {
        isOver.set(true);
        threads.forEach(LockSupport::unpark);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
