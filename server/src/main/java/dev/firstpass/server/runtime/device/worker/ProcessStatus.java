package dev.firstpass.server.runtime.device.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// What the kernel says of a process.
///
/// Pure functions.
final class ProcessStatus {
    private static final long KIB = 1024;

    private ProcessStatus() {}

    /// Whether a filter judges its system calls and it can gain no rights.
    static boolean isRestricted(long pid) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
            return lines.contains("NoNewPrivs:\t1") && lines.contains("Seccomp:\t2");
        } catch (IOException _) {
            return false;
        }
    }

    /// CPU time that it has used; none if it is gone.
    static Duration cpu(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    /// Memory that it has written to and shares with no other process; 0 if it is gone.
    static long privateBytes(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Private_Dirty:"))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .mapToLong(kib -> Long.parseLong(kib) * KIB)
                    .sum();
        } catch (IOException _) {
            return 0;
        }
    }
}
