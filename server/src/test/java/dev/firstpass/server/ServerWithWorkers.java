package dev.firstpass.server;

import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.runtime.device.worker.TestWorkers;
import java.nio.file.Path;

/// Starts whole servers with workers of one's own.
public final class ServerWithWorkers {
    private ServerWithWorkers() {}

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
