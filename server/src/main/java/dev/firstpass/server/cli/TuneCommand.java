package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.store.StoredVersion;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.tuning.TuningReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tune`: which batch sizes, sessions and threads suit a version on this machine.
///
/// For one thread.
@Command(
        name = "tune",
        description = {
            "Run a version with several batch sizes, sessions and threads, and say which suit this machine.",
            "It runs in worker processes of its own, with a photo, all sessions of a way busy. Nothing is changed: the"
                    + " lines to add to settings and manifest are printed.",
            "Run it where nothing else runs: a server that is busy meanwhile takes from the figures."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass tune coco",
            "  firstpass tune coco@3 --seconds 120 --out coco.html",
            "  firstpass tune coco --json"
        })
final class TuneCommand implements Callable<Integer> {
    private static final int LEAST_SECONDS = 1;
    private static final int MOST_SECONDS = 3600;

    private final Session session;

    @Mixin
    private DataOption data = new DataOption();

    @Parameters(paramLabel = "REF", description = "The version: coco@3, coco@production, or coco.")
    private String ref = "";

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description =
                    "Time for all measurements together (default: ${DEFAULT-VALUE}); opening the model comes on top.")
    private int seconds = 30;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Also write a page with the plot, for instance coco.html.")
    private Optional<Path> out = Optional.empty();

    TuneCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ModelRef wanted = ModelRef.parse(ref);
        if (seconds < LEAST_SECONDS || seconds > MOST_SECONDS) {
            throw CliException.usage(
                    "--seconds: " + seconds + " (expected: " + LEAST_SECONDS + ".." + MOST_SECONDS + ")");
        }
        Path directory = data.directory(session);
        ServerSettings settings =
                ServerSettings.fromEnvironment(session.console().environment());
        ModelVersion version = version(directory, wanted, settings);
        TuningReport report = tuned(version, directory, settings);
        List<String> lines = new ArrayList<>(TuningText.of(report));
        if (out.isPresent()) {
            LabelFiles.write(out.get(), TuningPage.of(report).getBytes(StandardCharsets.UTF_8));
            lines.add("");
            lines.add("-> " + out.get());
        }
        session.print(report, lines);
        return ExitCode.OK;
    }

    /// The registry says what the reference means; the files are read beside a server that has them.
    private ModelVersion version(Path directory, ModelRef wanted, ServerSettings settings) {
        Optional<ServerFile> running = ServerFile.findAlive(directory).filter(ServerFile::isAnswering);
        if (running.isPresent()) {
            session.say("A server runs with this data directory: what it does meanwhile takes from the figures.");
        }
        try (RegistryAccess registry = running.<RegistryAccess>map(file -> new RemoteRegistry(file.management()))
                .orElseGet(() -> session.parts().openRegistry(directory, settings.registry()))) {
            RegistryAccess.VersionDetails details = registry.show(wanted);
            if (!(ModelRef.parse(details.ref()) instanceof ModelRef.Numbered numbered)) {
                throw new IllegalStateException("ref: " + details.ref() + " (expected: a version)");
            }
            return StoredVersion.find(directory, numbered, details.digest())
                    .orElseThrow(
                            () -> CliException.failed(
                                    details.ref() + ": its files are not in " + directory
                                            + " (expected: a data directory that has it; a server that shares its registry has those it has loaded)"));
        }
    }

    private TuningReport tuned(ModelVersion version, Path directory, ServerSettings settings)
            throws InterruptedException {
        try (TuningProgress progress = new TuningProgress(version.ref().toString(), session.progress())) {
            TuningReport report =
                    session.parts().tune(version, directory, settings.runtime(), Duration.ofSeconds(seconds), progress);
            progress.complete();
            return report;
        }
    }
}
