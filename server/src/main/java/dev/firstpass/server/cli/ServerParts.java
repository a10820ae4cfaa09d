package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.TuningRun;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.ImageProbe;
import dev.firstpass.server.image.OverlayPainter;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.ledger.LedgerReader;
import dev.firstpass.server.logging.Logs;
import dev.firstpass.server.runtime.device.worker.NotWalledException;
import dev.firstpass.server.tuning.TuningListener;
import dev.firstpass.server.tuning.TuningReport;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The real parts: the graph of objects behind every command is built here, with constructors.
///
/// Thread-safe.
final class ServerParts implements Parts {
    private static final Logger LOG = LoggerFactory.getLogger(ServerParts.class);

    private final Optional<Logs> logs;

    /// @param logs the process's, which a server that starts sets up as it needs them; empty leaves the process's alone
    ServerParts(Optional<Logs> logs) {
        this.logs = logs;
    }

    @Override
    public RunningServer startServer(Path data, ServerSettings settings, Progress progress) {
        Optional<Logs.Serving> log = logs.map(each -> each.serve(
                new FileOutputStream(FileDescriptor.err),
                settings.listening().observability().logFormat()));
        try {
            return startServer(data, settings, progress, log);
        } catch (RuntimeException | Error e) {
            log.ifPresent(Logs.Serving::close);
            throw e;
        }
    }

    private static RunningServer startServer(
            Path data, ServerSettings settings, Progress progress, Optional<Logs.Serving> log) {
        FirstpassServer server = Progress.during(
                progress.begin("Starting", Progress.UNKNOWN, Progress.Unit.STEPS),
                () -> using(
                        data,
                        () -> walled(() -> FirstpassServer.start(
                                data, settings.registry(), settings.listening(), settings.runtime()))));
        log.ifPresent(each -> each.bindTo(server.meters()));
        try {
            return Progress.during(progress.begin("Loading models", Progress.UNKNOWN, Progress.Unit.STEPS), () -> {
                settings.modelDir().ifPresent(directory -> register(server, directory, settings.modelName()));
                var _ = walled(() -> awaitSettled(server));
                return new Running(server, settings.listening(), log);
            });
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    private static boolean awaitSettled(FirstpassServer server) {
        try {
            server.runtime().awaitSettled();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted", e);
        }
    }

    /// Does something that needs workers.
    private static <T> T walled(Supplier<T> work) {
        try {
            return work.get();
        } catch (NotWalledException e) {
            throw CliException.failed(
                    "--sandbox: required, but " + e.getMessage() + " (expected: walls; best-effort goes on without)",
                    e);
        }
    }

    /// Behind walls where there can be some: whoever runs a command by hand has nowhere to say that there must be.
    private static RuntimeConfig running() {
        return RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors())
                .with(Isolation.WORKER, Sandbox.BEST_EFFORT);
    }

    /// One model that does not work ends the start; of several, the others are served all the same.
    private static void register(FirstpassServer server, Path directory, Optional<String> name) {
        Map<ModelName, Path> models = ModelFolders.of(directory, name);
        List<String> failures = new ArrayList<>();
        models.forEach((model, path) -> failure(server, model, path).ifPresent(failures::add));
        if (failures.size() == models.size()) {
            throw CliException.failed("--model-dir: " + String.join("; ", failures));
        }
        failures.forEach(failure -> LOG.error("--model-dir: {}", failure));
    }

    private static Optional<String> failure(FirstpassServer server, ModelName model, Path path) {
        try {
            var registered = server.runtime().register(model, path, Optional.empty(), ProgressListener.NONE);
            return registered.failure().isEmpty()
                    ? Optional.empty()
                    : Optional.of(registered.version().ref() + " does not work: " + registered.failure());
        } catch (RegistryException e) {
            return Optional.of(model + " cannot be registered: " + e.getMessage());
        }
    }

    @Override
    public RegistryAccess openRegistry(Path data, RegistrySettings settings) {
        return new LocalRegistry(
                () -> using(data, () -> ServerRuntime.openRegistry(data, settings)),
                () -> using(data, () -> ServerRuntime.open(data, settings, running())));
    }

    @Override
    public PrelabelAccess openPrelabels(Path data, RegistrySettings settings, Progress progress) {
        return Progress.during(
                progress.begin("Loading", Progress.UNKNOWN, Progress.Unit.STEPS),
                () -> new LocalPrelabels(using(data, () -> ServerRuntime.open(data, settings, running()))));
    }

    @Override
    public PredictionAccess openPredictions(Path data) {
        return new LocalPredictions(LedgerReader.of(data));
    }

    /// Names the data directory where it cannot be used: the registry's own words may reach clients and so do not.
    private static <T> T using(Path data, Supplier<T> opening) {
        try {
            return opening.get();
        } catch (RegistryException.DataUnusable e) {
            boolean isFile = Files.exists(data) && !Files.isDirectory(data);
            throw CliException.failed(data + ": " + e.getMessage() + (isFile ? " (expected: a directory)" : ""), e);
        }
    }

    @Override
    public DemoKit demoKit(Progress progress) {
        return new PackagedDemo(System.getenv(), progress);
    }

    /// Behind walls where there can be some, as all that is done by hand.
    @Override
    public TuningReport tune(
            ModelVersion version, Path folder, RuntimeConfig config, Duration time, TuningListener listener)
            throws InterruptedException {
        return TuningRun.of(version, folder, config.with(config.isolation(), Sandbox.BEST_EFFORT), time, listener);
    }

    @Override
    public byte[] paintOverlay(byte[] image, List<Annotation> labels) {
        try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(image)) {
            return new OverlayPainter().paint(raster, labels);
        }
    }

    @Override
    public byte[] paintForPage(byte[] image, List<Annotation> labels, int maxSide) {
        try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(image)) {
            return new OverlayPainter(maxSide).paintForPage(raster, labels);
        }
    }

    @Override
    public ImageSize imageSize(byte[] image) {
        try {
            return new ImageProbe(ImageLimits.DEFAULT).probe(image).uprightSize();
        } catch (ImageException e) {
            throw new DataSetException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public List<DoctorCheck> engineChecks() {
        List<DoctorCheck> checks = new ArrayList<>(new EngineChecks(System.getenv()).all());
        checks.addAll(GpuChecks.onThisMachine(System.getenv()).all());
        return checks;
    }

    private record Running(FirstpassServer server, ServerConfig listening, Optional<Logs.Serving> log)
            implements RunningServer {
        @Override
        public URI url() {
            return server.url();
        }

        @Override
        public URI adminUrl() {
            return server.managementUrl();
        }

        @Override
        public int underWay() {
            return server.underWay();
        }

        @Override
        public int abandoned() {
            return server.abandoned();
        }

        @Override
        public Optional<String> token() {
            return listening.authentication() == Authentication.NONE
                    ? Optional.empty()
                    : Optional.of(server.owner().text());
        }

        @Override
        public Optional<Path> certificate() {
            return listening.identity().tls().map(files -> files.certificate().toAbsolutePath());
        }

        @Override
        public void close() {
            server.close();
            log.ifPresent(Logs.Serving::close);
        }
    }
}
