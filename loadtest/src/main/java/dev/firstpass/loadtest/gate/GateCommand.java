package dev.firstpass.loadtest.gate;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.drive.HttpDoor;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Photos;
import dev.firstpass.loadtest.drive.Targets;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `loadtest/gate`: may this version go into production?
@Command(
        name = "gate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Loads two versions of a model on a running server, in turn, and tells whether the candidate is as quick and as"
                    + " reliable as the stable one.",
            "The same photos come at the same random moments (Poisson) in short blocks, first for one version and then for"
                    + " the other; latency counts from when a request was due. Compares the percentiles with a bootstrap"
                    + " over pairs of blocks; README.md has the rule."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:the candidate passes", "1:it fails", "2:not enough data, or the gate could not run"})
public final class GateCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(
            names = "--target",
            paramLabel = "URL",
            description = "The server's data listener (default: ${DEFAULT-VALUE}).")
    private String target = "http://127.0.0.1:8080";

    @Option(
            names = "--stable",
            required = true,
            paramLabel = "REF",
            description = "What runs now, for instance coco@3.")
    private String stable = "";

    @Option(names = "--candidate", required = true, paramLabel = "REF", description = "What may run next: coco@4.")
    private String candidate = "";

    @Option(
            names = "--slo",
            required = true,
            split = ",",
            paramLabel = "pN=TIME",
            description = "What the candidate must keep, repeatable: p95=300ms,p99=1s.")
    private List<String> objectives = List.of();

    @Option(
            names = "--rate",
            required = true,
            paramLabel = "N",
            description = "Requests a second on the whole. Take what you expect at a busy time.")
    private double rate;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long in all (default: ${DEFAULT-VALUE}). Longer makes the intervals narrower.")
    private double seconds = 240;

    @Option(names = "--block", paramLabel = "SECONDS", description = "Of each block (default: ${DEFAULT-VALUE}).")
    private double block = 5;

    @Option(
            names = "--ratio",
            paramLabel = "N",
            description = "How many times as long as the stable version's the candidate's percentiles may be (default:"
                    + " ${DEFAULT-VALUE}).")
    private double ratio = 1.10;

    @Option(
            names = "--errors",
            paramLabel = "PERCENT",
            description = "How many more of its requests may go without an answer (default: ${DEFAULT-VALUE}).")
    private double errors = 1;

    @Option(names = "--photos", paramLabel = "DIR", description = "Images to send (default: the demo's photos).")
    private Optional<Path> photos = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "MS",
            description = "After which an answer is of no use, in milliseconds (default: the server's).")
    private Optional<Long> timeoutMillis = Optional.empty();

    @Option(names = "--bulk", description = "Ask as bulk work, for which nobody waits.")
    private boolean isBulk;

    @Option(names = "--report", paramLabel = "FILE", description = "Also write a page, for instance gate.html.")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write everything as JSON.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "Of the random moments (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    public static void main(String[] arguments) {
        System.exit(line().execute(arguments));
    }

    /// What goes wrong is said in one line.
    static CommandLine line() {
        return new CommandLine(new GateCommand()).setExecutionExceptionHandler((failure, line, _) -> {
            line.getErr().println("gate: " + failure.getMessage());
            return Verdict.UNDECIDED.exitCode();
        });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        URI root = Targets.root(target);
        Rule rule = new Rule(objectives.stream().map(Objective::parse).toList(), ratio, errors / 100);
        Plan plan = new Plan(
                stable,
                candidate,
                positive("--rate", rate),
                positive("--block", block),
                (int) (positive("--seconds", seconds) / block / 2),
                isBulk,
                timeoutMillis.map(Duration::ofMillis),
                seed);
        for (String model : List.of(stable, candidate)) {
            Optional<String> problem = Targets.problem(root, model);
            if (problem.isPresent()) {
                throw new IllegalArgumentException(problem.get());
            }
        }
        Trial trial = new Trial(plan, Photos.of(photos, System.nanoTime()), new OpenLoop());
        try (HttpDoor door = new HttpDoor(root, PATIENCE)) {
            Trial.Measured measured = trial.run(door, this::show);
            GateResult result = GateResult.of(target, plan, measured, rule.judge(measured.pairs(), seed));
            write(result);
            GateText.lines(result).forEach(System.out::println);
            return result.verdict().exitCode();
        }
    }

    private static double positive(String name, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
        return value;
    }

    private void show(int pairs) {
        System.err.printf("pair %d of %d%n", pairs, (int) (seconds / block / 2));
    }

    private void write(GateResult result) throws IOException {
        if (report.isPresent()) {
            Files.writeString(report.get(), GatePage.of(result));
        }
        if (json.isPresent()) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            Files.write(json.get(), mapper.writeValueAsBytes(result));
        }
    }
}
