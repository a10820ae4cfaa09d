package dev.firstpass.server.e2e;

import dev.firstpass.server.runtime.device.worker.WorkerReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What processes really map of isolation groups' memory, as the kernel tells.
public final class MappedSlabs {
    private MappedSlabs() {}

    /// The memory objects that the group's processes map as their slab.
    public static Set<String> of(List<WorkerReport> workers) {
        return workers.stream()
                .flatMap(worker -> worker.pid().stream())
                .flatMap(pid -> in(Path.of("/proc/" + pid + "/maps")).stream())
                .collect(Collectors.toSet());
    }

    public static Set<String> ofThisProcess() {
        return in(Path.of("/proc/self/maps"));
    }

    /// A line is: addresses, rights, offset, device, inode, name.
    private static Set<String> in(Path maps) {
        try {
            return Files.readAllLines(maps).stream()
                    .filter(line -> line.contains("memfd:firstpass-slab"))
                    .map(line -> line.split(" +", 6)[4])
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new IllegalStateException("a worker is gone", e);
        }
    }
}
