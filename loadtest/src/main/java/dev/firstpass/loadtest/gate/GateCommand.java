package dev.firstpass.loadtest.gate;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.command.LoadOptions;
import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.HttpDoor;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Photos;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
        exitCodeOnExecutionException = 2,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:the candidate passes", "1:it fails", "2:not enough data, or the gate could not run"})
public final class GateCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

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

    @Option(names = "--bulk", description = "Ask as bulk work, for which nobody waits.")
    private boolean isBulk;

    @Mixin
    private LoadOptions options = new LoadOptions();

    public static void main(String[] arguments) {
        Program.main(new GateCommand(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Rule rule = new Rule(objectives.stream().map(Objective::parse).toList(), ratio, errors / 100);
        Plan plan = new Plan(
                stable,
                candidate,
                positive("--rate", rate),
                positive("--block", block),
                (int) (positive("--seconds", seconds) / block / 2),
                isBulk,
                options.timeout(),
                options.seed());
        options.require(stable, candidate);
        Trial trial = new Trial(plan, Photos.of(options.photos(), System.nanoTime()), new OpenLoop());
        try (HttpDoor door = new HttpDoor(options.root(), PATIENCE)) {
            Trial.Measured measured = trial.run(door, this::show);
            GateResult result =
                    GateResult.of(options.target(), plan, measured, rule.judge(measured.pairs(), options.seed()));
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
        if (options.report().isPresent()) {
            Files.writeString(options.report().get(), GatePage.of(result));
        }
        if (options.json().isPresent()) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            Files.write(options.json().get(), mapper.writeValueAsBytes(result));
        }
    }
}
