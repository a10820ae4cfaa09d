package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.supervision.Oversight;
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

    /// A host as the server makes it, whose models run on the CPU, whatever its device is called.
    public static WorkerDeviceHost onCpu(
            Device device, Path folder, Slab slab, Oversight oversight, RuntimeConfig config) {
        return WorkerDeviceHost.of(
                device.id(), slab, new WorkerOptions(config.engineThreads(), System.getenv(), folder, true), oversight);
    }

    /// A host as the server makes it, but for the main class of its workers.
    public static DeviceHost host(
            Device device, Path folder, Slab slab, Oversight oversight, RuntimeConfig config, Class<?> main) {
        return WorkerDeviceHost.of(
                device.id(),
                slab,
                new WorkerCommand(
                        new WorkerOptions(config.engineThreads(), System.getenv(), folder, true), main.getName(), true),
                oversight);
    }
}
