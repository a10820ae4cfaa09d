package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.server.failure.Failures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Does several things at a time, each on a platform thread of its own, since what is done is native work.
///
/// Pure functions, but for what is done.
final class AtOnce {
    private AtOnce() {}

    /// Returns when all is done.
    ///
    /// @throws RuntimeException or Error of one that failed
    static void run(List<Runnable> all) {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                all.size(), Thread.ofPlatform().name("warm-up-", 0).daemon().factory())) {
            all.forEach(one -> done.add(CompletableFuture.runAsync(one, threads)));
        }
        try {
            done.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            switch (Failures.unwrapped(e)) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }
}
