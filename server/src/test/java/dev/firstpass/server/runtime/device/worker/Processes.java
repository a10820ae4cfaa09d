package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// Processes that tests stop and miss.
///
/// Pure functions.
final class Processes {
    private Processes() {}

    /// @param name of the signal, for instance `STOP`
    static void signal(String name, long pid) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor());
    }

    /// Kills a process and returns when who owns it knows.
    ///
    /// @param known what the owner takes for its process
    static void kill(long pid, Supplier<Optional<Long>> known) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        while (known.get().equals(Optional.of(pid))) {
            Thread.onSpinWait();
        }
    }

    /// An orphan may stay as a zombie where nobody collects it.
    static boolean isGone(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .anyMatch(line -> line.startsWith("State:") && (line.contains("Z") || line.contains("X")));
        } catch (IOException _) {
            return true;
        }
    }
}
