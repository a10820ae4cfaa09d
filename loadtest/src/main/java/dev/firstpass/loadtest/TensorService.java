package dev.firstpass.loadtest;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// A process of its own for a server with the models of [TensorBenchmark].
///
/// Arguments: data folder, isolation, then a name, a model file and a manifest for each model. It prints its port when
/// the models are loaded, and ends when stdin does.
final class TensorService {
    private static final ServerConfig ON_LOOPBACK = new ServerConfig(
            ListenerConfig.loopback(0),
            ListenerConfig.loopback(0),
            OptionalInt.empty(),
            false,
            Limits.STANDARD,
            Duration.ZERO,
            Duration.ofSeconds(25));

    private TensorService() {}

    public static void main(String[] arguments) throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        RuntimeConfig standard = RuntimeConfig.forCores(cores);
        RuntimeConfig isolated = standard.with(Isolation.valueOf(arguments[1]), standard.sandbox());
        RuntimeConfig config = Optional.ofNullable(System.getenv("FIRSTPASS_RUNTIME_ENGINE_SESSIONS"))
                .map(Integer::parseInt)
                .map(sessions -> isolated.with(sessions, Math.max(1, cores / sessions)))
                .orElse(isolated);
        try (FirstpassServer server = FirstpassServer.start(Path.of(arguments[0]), ON_LOOPBACK, config)) {
            for (int i = 2; i < arguments.length; i += 3) {
                var registered = server.runtime()
                        .register(
                                new ModelName(arguments[i]),
                                Path.of(arguments[i + 1]),
                                Optional.of(Path.of(arguments[i + 2])),
                                ProgressListener.NONE);
                if (registered.version().state() != ModelVersion.State.AVAILABLE) {
                    throw new IllegalStateException(arguments[i] + ": " + registered.failure());
                }
            }
            server.runtime().awaitSettled();
            System.out.println(server.url().getPort());
            while (System.in.read() >= 0) {
                // Nothing is asked.
            }
        }
    }
}
