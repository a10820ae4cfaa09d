package dev.firstpass.server.e2e;

import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import java.net.URI;
import java.nio.file.Path;

/// A whole server with the three demo models, on ports of its own on loopback.
///
/// Thread-safe. Who starts it closes it.
public final class RunningDemo implements AutoCloseable {
    /// Both listeners on free ports.
    public static final ServerConfig ON_LOOPBACK = DemoServer.ON_LOOPBACK;

    private final FirstpassServer server;

    private RunningDemo(FirstpassServer server) {
        this.server = server;
    }

    /// Returns when the models are loaded.
    ///
    /// @param data an empty folder
    public static RunningDemo start(Path data) throws InterruptedException {
        DemoRegistry.copyTo(data);
        FirstpassServer server = FirstpassServer.start(
                data,
                DemoServer.ON_LOOPBACK,
                RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors()));
        try {
            server.runtime().awaitSettled();
            return new RunningDemo(server);
        } catch (RuntimeException | Error | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    /// Root of the data listener, with a slash at its end.
    public URI url() {
        return server.url();
    }

    public int managementPort() {
        return server.managementPort();
    }

    /// One of the bundled photos.
    public static byte[] photo(String name) {
        return Goldens.photo(name);
    }

    @Override
    public void close() {
        server.close();
    }
}
