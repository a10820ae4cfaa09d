package dev.firstpass.server.runtime.device.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Makes the caches of loaded and linked classes with which workers start quicker, and unpacks their libraries. The
/// launcher runs it once for each build; everything works without the caches as well.
///
/// For one thread.
public final class WorkerTraining {
    private WorkerTraining() {}

    /// @param arguments the folder to put the caches into, which is made
    public static void main(String[] arguments) throws IOException {
        Path caches = Files.createDirectories(Path.of(arguments[0]).toAbsolutePath());
        Path folder = Files.createTempDirectory("firstpass-training-");
        try {
            for (WorkerRole role : WorkerRole.values()) {
                // First, so that nothing is unpacked while Java learns.
                WorkerNatives.prepare(role, folder);
                WorkerNatives.rehearse(
                        role, folder, List.of("-XX:AOTCacheOutput=" + caches.resolve(WorkerJava.cacheOf(role))));
            }
            trampoline(caches);
        } finally {
            Files.delete(folder);
        }
    }

    /// In two steps: once it is walled in, it cannot start the process that makes the cache.
    private static void trampoline(Path caches) throws IOException {
        Path learned = caches.resolve("trampoline.learned");
        try {
            WorkerNatives.run(
                    WorkerJava.trampoline(
                            List.of("-XX:AOTMode=record", "-XX:AOTConfiguration=" + learned),
                            TrampolineRehearsal.class),
                    List.of());
            WorkerNatives.run(
                    WorkerJava.trampoline(
                            List.of(
                                    "-XX:AOTMode=create",
                                    "-XX:AOTConfiguration=" + learned,
                                    "-XX:AOTCache=" + caches.resolve(WorkerJava.TRAMPOLINE_CACHE)),
                            TrampolineRehearsal.class),
                    List.of());
        } finally {
            Files.deleteIfExists(learned);
        }
    }
}
