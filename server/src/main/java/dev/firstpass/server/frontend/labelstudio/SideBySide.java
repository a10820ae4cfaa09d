package dev.firstpass.server.frontend.labelstudio;

import dev.firstpass.server.frontend.RequestThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/// Many pieces of one request, a few at a time.
///
/// Stateless.
final class SideBySide {
    private SideBySide() {}

    /// Blocks until all are done. Interrupting it interrupts them.
    ///
    /// @param work of the piece of that number; does not throw
    /// @param atATime most that are worked on
    static <T> List<T> all(RequestThreads threads, int count, int atATime, IntFunction<T> work)
            throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicReferenceArray<T> done = new AtomicReferenceArray<>(count);
        List<Future<?>> workers = new ArrayList<>();
        try {
            for (int i = 0; i < Math.min(count, atATime); i++) {
                workers.add(threads.run(() -> {
                    for (int piece = next.getAndIncrement(); piece < count; piece = next.getAndIncrement()) {
                        done.set(piece, work.apply(piece));
                    }
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a piece has thrown", e);
        } finally {
            workers.forEach(worker -> worker.cancel(true));
        }
        List<T> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(done.get(i));
        }
        return all;
    }
}
