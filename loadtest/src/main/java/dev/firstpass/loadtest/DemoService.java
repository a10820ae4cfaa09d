package dev.firstpass.loadtest;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.CacheLimits;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// A server in this process, on a free port of loopback, with one of the demo's models. It remembers no answer, so that
/// every request walks.
///
/// Thread-safe. Who starts it closes it.
final class DemoService implements AutoCloseable {
    private static final ServerConfig ON_LOOPBACK = new ServerConfig(
            ListenerConfig.loopback(0),
            ListenerConfig.loopback(0),
            OptionalInt.empty(),
            false,
            Limits.STANDARD,
            Duration.ZERO,
            Duration.ofSeconds(25));

    private final FirstpassServer server;
    private final ModelVersion version;

    private DemoService(FirstpassServer server, ModelVersion version) {
        this.server = server;
        this.version = version;
    }

    /// Returns when the model is loaded; fetches its package the first time.
    ///
    /// @param data an empty folder
    static DemoService start(String model, Path data, Isolation isolation) throws InterruptedException {
        FirstpassServer server = FirstpassServer.start(data, ON_LOOPBACK, uncached(isolation));
        try {
            ModelVersion version = server.runtime()
                    .register(new ModelName(model), DemoFiles.model(model), Optional.empty(), ProgressListener.NONE)
                    .version();
            server.runtime().awaitSettled();
            return new DemoService(server, version);
        } catch (RuntimeException | Error | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    private static RuntimeConfig uncached(Isolation isolation) {
        RuntimeConfig standard = RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors());
        return standard.with(isolation, standard.sandbox()).with(CacheLimits.NONE);
    }

    /// Where to send images to.
    URI prelabels() {
        return server.url().resolve("v1/models/" + version.name().value() + "/prelabels");
    }

    ModelVersion version() {
        return version;
    }

    @Override
    public void close() {
        server.close();
    }
}
