package dev.firstpass.server.e2e;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// How long it takes to register each of the demo models, and until it serves then: `main`, with the rounds to make.
final class RegistrationBenchmark {
    private RegistrationBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        for (Isolation isolation : Isolation.values()) {
            for (int round = 0; round < rounds; round++) {
                Path data = Files.createTempDirectory("registration");
                RuntimeConfig config = RuntimeConfig.forCores(
                                Runtime.getRuntime().availableProcessors())
                        .with(isolation, Sandbox.BEST_EFFORT);
                try (ServerRuntime runtime = ServerRuntime.open(data, config)) {
                    runtime.awaitSettled();
                    for (DemoModel model : DemoModels.all()) {
                        register(runtime, isolation, model);
                    }
                }
            }
        }
    }

    private static void register(ServerRuntime runtime, Isolation isolation, DemoModel model) throws Exception {
        Path source = DemoServer.models().fetch(model, FetchListener.NONE);
        long start = System.nanoTime();
        var registration =
                runtime.register(new ModelName(model.name()), source, Optional.empty(), ProgressListener.NONE);
        long registered = System.nanoTime();
        runtime.awaitSettled();
        long serving = System.nanoTime();
        if (registration.version().state() != ModelVersion.State.AVAILABLE) {
            throw new IllegalStateException(registration.failure());
        }
        System.out.printf(
                "%s %s: registered after %d ms, serves after %d ms%n",
                isolation, model.name(), (registered - start) / 1_000_000, (serving - start) / 1_000_000);
    }
}
