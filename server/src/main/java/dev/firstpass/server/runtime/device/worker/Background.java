package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.KernelException;
import dev.firstpass.server.runtime.linux.ThreadPriority;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where a worker does what nobody's run is to suffer from: on one thread, one thing after the other, that gets of a
/// busy processor about a tenth of what a run gets, and all of an idle one.
///
/// Thread-safe.
final class Background {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    static final String THREAD = "background";

    /// Less would be kinder to runs, but on a machine that is always busy nothing would ever be done here.
    static final int NICENESS = 10;

    private final Executor executor;

    private Background(Executor executor) {
        this.executor = executor;
    }

    /// On a thread that hands its low priority down to those it starts. Where the kernel refuses to lower it, the
    /// thread is as important as any.
    static Background yielding() {
        ExecutorService thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name(THREAD).daemon().factory());
        thread.execute(() -> {
            try {
                ThreadPriority.lower(NICENESS);
            } catch (KernelException e) {
                LOG.warn("models are loaded at the priority of runs: {}", e.getMessage());
            }
        });
        return new Background(thread);
    }

    /// On the caller's thread: for libraries whose threads would keep the low priority.
    static Background none() {
        return new Background(Runnable::run);
    }

    /// Gives, or throws, what the work does, once it is done. Nobody interrupts a worker's threads.
    <T> T run(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, executor).join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
