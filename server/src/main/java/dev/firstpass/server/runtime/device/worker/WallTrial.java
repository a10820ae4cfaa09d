package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.Trespass;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// Tries, in a worker, what the walls must refuse: from this thread, and from one that Java had before there was any
/// code of ours.
///
/// For one thread.
final class WallTrial {
    /// Nobody listens there, as a rule; whether the kernel lets it be tried is what counts.
    private static final int SOME_PORT = 9;

    private static final int ATTEMPTS = 200;
    private static final long PAUSE_MILLIS = 25;

    private final Map<String, BooleanSupplier> tries;

    /// @param outside a file of this user's that is there and not the worker's to read
    WallTrial(Path outside) {
        this.tries = new LinkedHashMap<>();
        tries.put("connecting", () -> Trespass.canConnect(SOME_PORT));
        tries.put("running a program", Trespass::canBecomeAnotherProgram);
        tries.put("reading a file of others", () -> Trespass.canRead(outside.toString()));
        tries.put(
                "writing a file",
                () -> Trespass.canMake(outside.resolveSibling("written").toString()));
    }

    /// @param missing what is known to be missing of the walls
    WallState run(List<String> missing) {
        List<String> gaps = new ArrayList<>(missing);
        attempt().forEach(success -> gaps.add(success + " worked"));
        onThreadOfJava().forEach(success -> gaps.add(success + " worked from a thread of Java's own"));
        return new WallState(gaps.isEmpty() ? List.copyOf(tries.keySet()) : List.of(), gaps);
    }

    /// What worked.
    private List<String> attempt() {
        return tries.entrySet().stream()
                .filter(one -> one.getValue().getAsBoolean())
                .map(Map.Entry::getKey)
                .toList();
    }

    /// What worked on the thread that frees memory nobody has a reference to any more.
    private List<String> onThreadOfJava() {
        CompletableFuture<List<String>> result = new CompletableFuture<>();
        tryWhenFreed(result);
        for (int i = 0; i < ATTEMPTS; i++) {
            System.gc();
            try {
                return result.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException _) {
                // It takes as many collections as it takes.
            } catch (ExecutionException e) {
                return List.of("an attempt failed (" + e.getCause() + "): it may have");
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return List.of("an attempt was interrupted: it may have");
            }
        }
        return List.of("an attempt was not made: it may have");
    }

    private void tryWhenFreed(CompletableFuture<List<String>> result) {
        MemorySegment _ = MemorySegment.ofAddress(Long.BYTES).reinterpret(1, Arena.ofAuto(), _ -> {
            try {
                result.complete(attempt());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
    }
}
