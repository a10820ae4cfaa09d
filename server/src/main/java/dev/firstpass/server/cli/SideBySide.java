package dev.firstpass.server.cli;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Works on many things side by side, and hands the results on in the order of the things. Few results wait for those
/// before them, so memory is bounded by the number of threads.
///
/// Stateless; the threads that a run starts end with it.
final class SideBySide {
    /// Things under way, or waiting to be handed on, for each thread.
    private static final int WINDOW = 4;

    private SideBySide() {}

    /// Takes one result at a time, in the caller's thread.
    @FunctionalInterface
    interface Sink<T, R> {
        void take(T thing, R result) throws IOException;
    }

    /// @param jobs threads, >= 1
    /// @param threads what their names begin with
    /// @param work is called by several threads; what it throws ends the run
    static <T, R> void run(List<T> things, int jobs, String threads, Function<T, R> work, Sink<T, R> sink)
            throws IOException {
        if (things.isEmpty()) {
            return;
        }
        try (ExecutorService workers = Executors.newFixedThreadPool(
                Math.min(jobs, things.size()),
                Thread.ofPlatform().name(threads, 1).factory())) {
            Deque<Future<R>> underWay = new ArrayDeque<>();
            Iterator<T> next = things.iterator();
            try {
                for (T thing : things) {
                    while (next.hasNext() && underWay.size() < WINDOW * jobs) {
                        T begun = next.next();
                        underWay.add(workers.submit(() -> work.apply(begun)));
                    }
                    sink.take(thing, underWay.remove().get());
                }
            } catch (IOException | RuntimeException e) {
                workers.shutdownNow();
                throw e;
            } catch (ExecutionException e) {
                workers.shutdownNow();
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
            } catch (InterruptedException e) {
                workers.shutdownNow();
                Thread.currentThread().interrupt();
                throw CliException.failed("interrupted", e);
            }
        }
    }
}
