package dev.firstpass.server.observe;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the machine has for this server: the disk of its data directory, and the memory that the process holds.
public final class HostMeters {
    private static final String BYTES = "bytes";
    private static final Path STATUS = Path.of("/proc/self/status");

    private HostMeters() {}

    /// Adds the meters, which look when they are scraped.
    ///
    /// @param data the data directory, which exists; its name is told to nobody
    public static void bind(Path data, MeterRegistry registry) {
        Gauge.builder("firstpass.disk.free", data, path -> path.toFile().getUsableSpace())
                .description("Room on the disk of the data directory")
                .baseUnit(BYTES)
                .strongReference(true)
                .register(registry);
        Gauge.builder("firstpass.disk.size", data, path -> path.toFile().getTotalSpace())
                .description("Size of the disk of the data directory")
                .baseUnit(BYTES)
                .strongReference(true)
                .register(registry);
        Gauge.builder("process.resident.memory", HostMeters::resident)
                .description("Memory of the server's own process, without its workers")
                .baseUnit(BYTES)
                .register(registry);
    }

    /// NaN where the system does not tell.
    private static double resident() {
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
