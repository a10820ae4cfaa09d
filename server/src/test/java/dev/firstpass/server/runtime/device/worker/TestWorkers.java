package dev.firstpass.server.runtime.device.worker;

import java.nio.file.Path;
import java.util.Map;

/// What workers in tests are started with: walled in, as they are by default.
public final class TestWorkers {
    private TestWorkers() {}

    public static WorkerOptions options() {
        return options(System.getenv());
    }

    public static WorkerOptions options(Map<String, String> environment) {
        return new WorkerOptions(1, environment, Path.of("target", "workers").toAbsolutePath(), true);
    }
}
