package dev.firstpass.server.e2e;

import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.demo.DemoModelCache;
import dev.firstpass.server.demo.SystemCommands;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/// A runtime with the three demo models in production: the real ones, fetched by package name the first time.
///
/// Thread-safe. Who starts it closes it.
final class DemoServer implements AutoCloseable {
    /// Both listeners on free ports.
    static final ServerConfig ON_LOOPBACK = new ServerConfig(
            ListenerConfig.loopback(0),
            ListenerConfig.loopback(0),
            OptionalInt.empty(),
            false,
            Limits.STANDARD,
            Duration.ZERO,
            Duration.ofSeconds(25));

    private final ServerRuntime runtime;

    private DemoServer(ServerRuntime runtime) {
        this.runtime = runtime;
    }

    /// Returns when the models are loaded.
    ///
    /// @param data an empty folder
    static DemoServer start(Path data) throws InterruptedException {
        DemoRegistry.copyTo(data);
        ServerRuntime runtime = ServerRuntime.open(
                data, RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors()));
        try {
            runtime.awaitSettled();
            return new DemoServer(runtime);
        } catch (RuntimeException | Error | InterruptedException e) {
            runtime.close();
            throw e;
        }
    }

    /// The demo models on this machine.
    static DemoModelCache models() {
        return new DemoModelCache(
                DemoModelCache.defaultFolder(System.getenv(), Path.of(System.getProperty("user.home"))),
                new SystemCommands(System.getenv(), Duration.ofMinutes(10)));
    }

    ServerRuntime runtime() {
        return runtime;
    }

    PrelabelAnswer prelabel(PrelabelRequest request) {
        return runtime.prelabeler().prelabel(request);
    }

    @Override
    public void close() {
        runtime.close();
    }
}
