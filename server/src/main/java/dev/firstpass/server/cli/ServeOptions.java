package dev.firstpass.server.cli;

import java.nio.file.Path;
import java.util.Optional;

/// What `serve` was told on the command line. It stands above the configuration file, which stands above the
/// environment's `FIRSTPASS_...` variables; what is empty here is decided there.
///
/// Immutable.
///
/// @param data the data directory, already resolved
/// @param port of the data listener; 0 takes any free one
/// @param adminPort of the management listener; 0 takes any free one
/// @param modelDirectory a model to register and serve at start
/// @param modelName the name it gets
/// @param insecure serve beyond loopback without authentication
record ServeOptions(
        Optional<Path> config,
        Path data,
        Optional<String> host,
        Optional<Integer> port,
        Optional<Integer> adminPort,
        Optional<Integer> grpcPort,
        Optional<Path> modelDirectory,
        Optional<String> modelName,
        Optional<Isolation> isolation,
        Optional<Sandbox> sandbox,
        boolean insecure) {

    /// Where models run.
    enum Isolation {
        WORKER,
        IN_PROCESS
    }

    /// What happens where the walls around workers cannot be built.
    enum Sandbox {
        REQUIRED,
        BEST_EFFORT
    }

    /// A server on loopback with everything else by default.
    static ServeOptions onLoopback(Path data, int port, int adminPort) {
        return new ServeOptions(
                Optional.empty(),
                data,
                Optional.of("127.0.0.1"),
                Optional.of(port),
                Optional.of(adminPort),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }
}
