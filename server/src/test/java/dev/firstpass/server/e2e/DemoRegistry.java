package dev.firstpass.server.e2e;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModelCache;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A data folder as registering the three demo models leaves it, each as version 1 and in production. Registering opens
/// and validates each model in workers of its own, which takes longer than copying the outcome: it is done once in a JVM.
///
/// Thread-safe.
final class DemoRegistry {
    private static Optional<Path> made = Optional.empty();

    private DemoRegistry() {}

    /// @param data an empty folder, or one that is not there yet
    static synchronized void copyTo(Path data) {
        if (made.isEmpty()) {
            made = Optional.of(make());
        }
        copy(made.get(), data);
    }

    /// Also for other folders that registering takes long to make.
    static void copy(Path from, Path data) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path to = data.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path make() {
        Path folder;
        try {
            folder = Files.createTempDirectory("demo-registry");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        Path data = folder.resolve("data");
        try (ServerRuntime runtime = ServerRuntime.open(
                data, RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors()))) {
            DemoModelCache cache = DemoServer.models();
            for (DemoModel model : DemoModels.all()) {
                var registration = runtime.register(
                        new ModelName(model.name()),
                        cache.fetch(model, FetchListener.NONE),
                        Optional.empty(),
                        ProgressListener.NONE);
                if (registration.version().state() != ModelVersion.State.AVAILABLE) {
                    throw new IllegalStateException(model.name() + ": " + registration.failure());
                }
            }
        }
        return data;
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
