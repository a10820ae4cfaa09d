package dev.firstpass.server;

import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.worker.TestWorkers;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import java.nio.file.Path;
import java.util.function.Function;

/// Starts whole servers with workers of one's own.
public final class ServerWithWorkers {
    private ServerWithWorkers() {}

    /// As `FirstpassServer.start`, with the usual workers, but all on the CPU, whatever their device is called.
    ///
    /// @param watched puts something in front of a device's host
    public static FirstpassServer startOnCpu(
            Path data, ServerConfig listening, RuntimeConfig running, Function<WorkerDeviceHost, DeviceHost> watched) {
        return FirstpassServer.start(
                data,
                listening,
                running,
                (device, workers, slab, oversight, config) ->
                        watched.apply(TestWorkers.onCpu(device, workers, slab, oversight, config)));
    }

    /// As `FirstpassServer.start`.
    ///
    /// @param main of the workers
    public static FirstpassServer start(Path data, ServerConfig listening, RuntimeConfig running, Class<?> main) {
        return FirstpassServer.start(
                data,
                listening,
                running,
                (device, workers, slab, oversight, config) ->
                        TestWorkers.host(device, workers, slab, oversight, config, main));
    }
}
