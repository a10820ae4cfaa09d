package dev.firstpass.loadtest.gatling;

import dev.firstpass.loadtest.command.LoadOptions;
import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.Photos;
import io.gatling.app.Gatling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.prefs.Preferences;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `loadtest/load`: how a running server does under load.
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Asks a running server for pre-labels at random moments (Poisson), whatever became of the requests before, and"
                    + " prints percentiles of the latency, which counts from when a request was due.",
            "No two requests have the same bytes, so no cache answers them."
        },
        exitCodeOnExecutionException = 2,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the load was sent, whatever was answered",
            "1:it failed",
            "2:wrong usage, or no such model there"
        })
public final class LoadCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "REF", description = "For instance coco or coco@3.")
    private String model = "";

    @Option(names = "--rate", required = true, paramLabel = "N", description = "Requests a second on the whole.")
    private double rate;

    @Option(names = "--seconds", paramLabel = "N", description = "How long (default: ${DEFAULT-VALUE}).")
    private double seconds = 30;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Seconds of the same load before that, which do not count (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds = 5;

    @Option(names = "--door", paramLabel = "DOOR", description = "http or grpc (default: ${DEFAULT-VALUE}).")
    private String door = "http";

    @Option(
            names = "--bulk",
            paramLabel = "PERCENT",
            description = "Share of the requests that nobody waits for (default: ${DEFAULT-VALUE}).")
    private double bulkPercent;

    @Mixin
    private LoadOptions options = new LoadOptions();

    public static void main(String[] arguments) {
        CommandLine command = Program.line(new LoadCommand());
        int code = command.execute(arguments);
        if (code != 0 || command.isUsageHelpRequested() || command.isVersionHelpRequested()) {
            System.exit(code);
        }
        runGatling();
    }

    /// Gatling ends the process.
    private static void runGatling() {
        try {
            Path results = Files.createTempDirectory("firstpass-load-");
            keepToItself(results);
            Gatling.main(new String[] {
                "--simulation",
                PrelabelSimulation.class.getName(),
                "--no-reports",
                "--results-folder",
                results.toString()
            });
        } catch (IOException e) {
            System.err.println("load: " + e.getMessage());
            System.exit(1);
        }
    }

    /// Gatling would tell its makers that it runs, warm up on their site, and ask a package registry for a newer version of
    /// itself once a day, which no setting turns off: it believes that it has just done so, in preferences of its own.
    private static void keepToItself(Path folder) {
        Map.of(
                        "gatling.data.enableAnalytics", "false",
                        "gatling.http.warmUpUrl", "",
                        "gatling.data.writers.0", "console",
                        "gatling.data.console.light", "true",
                        "java.util.prefs.userRoot", folder.toString())
                .forEach(System::setProperty);
        Preferences latest = Preferences.userRoot().node("/io/gatling/latestVersion");
        latest.putLong("lastCheckTimestamp", System.currentTimeMillis());
        latest.putBoolean("lastCheckSuccess", false);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LoadPlan plan = new LoadPlan(
                options.root().toString(),
                model,
                door,
                rate,
                seconds,
                warmUpSeconds,
                bulkPercent / 100,
                options.timeout().map(Duration::toMillis),
                options.photos().map(Path::toString),
                options.seed(),
                System.nanoTime(),
                options.report().map(Path::toString),
                options.json().map(Path::toString));
        var _ = Photos.of(options.photos(), 0);
        options.require(model);
        plan.publish();
        return 0;
    }
}
