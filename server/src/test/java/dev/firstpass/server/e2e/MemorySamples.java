package dev.firstpass.server.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Bytes, sampled while something runs. The first third of the samples is the warm-up, and the other two are compared:
/// what leaks goes on growing.
///
/// For one thread.
final class MemorySamples {
    private static final long MIB = 1 << 20;
    private static final long MOST_GROWTH = 16 * MIB;
    private static final int LEAST = 9;

    private final String name;
    private final List<Long> samples = new ArrayList<>();

    MemorySamples(String name) {
        this.name = name;
    }

    void add(long bytes) {
        samples.add(bytes);
    }

    /// Memory of a process that is resident now.
    static long resident(long pid) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(candidate -> candidate.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
    }

    boolean isFlat() {
        return growsAtMost(MOST_GROWTH);
    }

    /// @param most bytes between the medians of the second third and of the last
    boolean growsAtMost(long most) {
        if (samples.size() < LEAST) {
            throw new IllegalStateException(name + ": " + samples.size() + " samples (expected: >= " + LEAST + ")");
        }
        return median(2) <= median(1) + most;
    }

    private long median(int third) {
        int size = samples.size();
        List<Long> part = samples.subList(size * third / 3, size * (third + 1) / 3).stream()
                .sorted()
                .toList();
        return part.get(part.size() / 2);
    }

    @Override
    public String toString() {
        return "%s: medians of the thirds %d, %d, %d MiB (%d samples)"
                .formatted(name, median(0) / MIB, median(1) / MIB, median(2) / MIB, samples.size());
    }
}
