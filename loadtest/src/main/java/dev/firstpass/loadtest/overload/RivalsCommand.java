package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.paced.Queues;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `loadtest/paced.sh --rivals`: batches by deadline against queues, in real time through the raw-tensor door, beside what
/// virtual time says of the very same requests.
@Command(
        name = "paced.sh --rivals",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts four servers with virtual GPUs: Firstpass, and three whose batches come from queues as in"
                    + " docs/batching.md. They take turns at the same requests, which are then played in virtual time as"
                    + " well. Prints for each two of them whether they come in the same order in both.",
            "Takes about 6 minutes for each number of GPUs, and begins no round that would end after --minutes."
        })
public final class RivalsCommand implements Callable<Integer> {
    private static final double DIFFERENT = 1.1;
    private static final double NANOS_PER_MINUTE = 60e9;
    private static final Duration HOLD = Duration.ofMillis(5);

    @Option(
            names = "--rivals",
            required = true,
            description = "Asks for this; without it the command is about one server at overload, see paced.sh --help.")
    void rivals(boolean isAsked) {
        // It is the script that looks at it.
    }

    @Mixin
    private Tables tables = new Tables();

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description = "Most for each number of GPUs, the start included (default: ${DEFAULT-VALUE}).")
    private double minutes = 8;

    @Option(
            names = "--server",
            required = true,
            paramLabel = "COMMAND",
            description = "Starts a server as paced-server.sh.")
    private String server = "";

    public static void main(String[] arguments) {
        Program.main(new RivalsCommand(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return tables.each(this::table);
    }

    /// Who takes part. Largest batches are the best of 8, 16 and 32 for people's requests beside bulk work, by
    /// docs/batching.md.
    private static Map<String, Rival> field(int count) {
        int largest = count < 4 ? 8 : 16;
        Map<String, Rival> field = new LinkedHashMap<>();
        field.put("Firstpass", new Rival(Schedules.BY_DEADLINE, List.of()));
        for (Queues.Kind kind : Queues.Kind.values()) {
            field.put(name(kind), new Rival(new Queues(kind, largest, HOLD), options(kind, largest)));
        }
        return field;
    }

    private static String name(Queues.Kind kind) {
        return switch (kind) {
            case ONE -> "one queue";
            case SIZES -> "queue by size, timeout";
            case LEVELS -> "and 3 levels";
        };
    }

    private static List<String> options(Queues.Kind kind, int largest) {
        return List.of(
                "--queues",
                kind.name().toLowerCase(Locale.ROOT),
                "--largest",
                Integer.toString(largest),
                "--hold",
                Long.toString(HOLD.toMillis()));
    }

    private void table(int count) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Map<String, Rival> field = field(count);
        Map<String, Contestant> contestants = new LinkedHashMap<>();
        int rounds;
        try {
            for (Map.Entry<String, Rival> one : field.entrySet()) {
                List<String> command = Stream.concat(
                                Arrays.stream(server.split(" ", -1)), one.getValue().options().stream())
                        .toList();
                contestants.put(
                        one.getKey(), new Contestant(one.getKey(), command, count, tables.seconds(), Way.TENSORS));
            }
            rounds = rounds(List.copyOf(contestants.values()), count, start);
        } finally {
            contestants.values().forEach(Contestant::close);
        }
        print(field, contestants, count, rounds);
    }

    /// @return how many there were
    private int rounds(List<Contestant> contestants, int count, long start) throws IOException, InterruptedException {
        for (int run = 1; run <= tables.runs(); run++) {
            long began = System.nanoTime();
            for (Phase phase : List.of(Phase.OVER, Phase.FULL_AND_BULK)) {
                for (int turn = 0; turn < contestants.size(); turn++) {
                    // Another one begins each time.
                    Contestant contestant = contestants.get((turn + run - 1) % contestants.size());
                    note(contestant.name(), count, phase, contestant.run(phase, run));
                }
            }
            long now = System.nanoTime();
            if (now - start + now - began > minutes * NANOS_PER_MINUTE) {
                return run;
            }
        }
        return tables.runs();
    }

    private static void note(String name, int count, Phase phase, Figures run) {
        System.err.printf(
                Locale.ROOT,
                "%s, %d GPU, %.0f/s%s: %d asked, %d in time, %d failed; bulk %.0f; lag %.1f ms; server %.2f cores%n",
                name,
                count,
                phase.rate() * count,
                phase.hasBacklog() ? " and bulk" : "",
                run.asked(),
                run.inTime(),
                run.failed(),
                run.bulkArea(),
                run.lagMillis(),
                run.cpu());
    }

    private void print(Map<String, Rival> field, Map<String, Contestant> contestants, int count, int rounds) {
        List<Row> rows = List.of(
                new Row(
                        String.format(Locale.ROOT, "in time at %.0f/s, a second", Phase.OVER.rate() * count),
                        Phase.OVER,
                        Figures::goodput,
                        VirtualRun.Outcome::goodput),
                new Row(
                        String.format(
                                Locale.ROOT,
                                "in time at %.0f/s with bulk work waiting, a second",
                                Phase.FULL_AND_BULK.rate() * count),
                        Phase.FULL_AND_BULK,
                        Figures::goodput,
                        VirtualRun.Outcome::goodput),
                new Row(
                        "bulk work beside that, area a second",
                        Phase.FULL_AND_BULK,
                        Figures::bulkArea,
                        VirtualRun.Outcome::bulkArea));
        List<String> names = List.copyOf(field.keySet());
        System.out.printf(
                "%n%d GPU, medians of %d runs:%n%n| | | %s |%n|---|---|%s%n",
                count, rounds, String.join(" | ", names), "---|".repeat(names.size()));
        List<String> verdicts = new ArrayList<>();
        for (Row row : rows) {
            double[] real = contestants.values().stream()
                    .mapToDouble(one -> one.median(row.phase, row.real::of).orElse(Double.NaN))
                    .toArray();
            double[] virtual = field.values().stream()
                    .mapToDouble(rival -> simulated(rival, row, count, rounds))
                    .toArray();
            System.out.println("| " + row.name + " | real time |" + cells(real));
            System.out.println("| | virtual time |" + cells(virtual));
            verdicts.addAll(verdicts(row.name, names, real, virtual));
        }
        System.out.println("\n| | virtual time | real time | same order | ratios within 10 % |\n|---|---|---|---|---|");
        verdicts.forEach(System.out::println);
    }

    private static String cells(double[] values) {
        StringBuilder cells = new StringBuilder();
        for (double value : values) {
            cells.append(String.format(Locale.ROOT, " %.0f |", value));
        }
        return cells.toString();
    }

    /// The median of the same requests in virtual time.
    private double simulated(Rival rival, Row row, int count, int rounds) {
        double[] values = IntStream.rangeClosed(1, rounds)
                .mapToDouble(seed -> {
                    long[] arrivals = Arrivals.bursts(row.phase.rate() * count, tables.seconds(), seed);
                    int backlog = row.phase.hasBacklog() ? Contestant.BACKLOG * count : 0;
                    return row.virtual.of(VirtualRun.of(
                            rival.schedules,
                            count,
                            arrivals,
                            Phases.orders(arrivals.length, seed),
                            backlog,
                            tables.seconds(),
                            seed));
                })
                .sorted()
                .toArray();
        return values[(values.length - 1) / 2];
    }

    private static List<String> verdicts(String figure, List<String> names, double[] real, double[] virtual) {
        List<String> verdicts = new ArrayList<>();
        for (int one = 0; one < names.size(); one++) {
            for (int other = one + 1; other < names.size(); other++) {
                double expected = virtual[one] / virtual[other];
                double found = real[one] / real[other];
                verdicts.add(String.format(
                        Locale.ROOT,
                        "| %s: %s / %s | %.2f | %.2f | %s | %s |",
                        figure,
                        names.get(one),
                        names.get(other),
                        expected,
                        found,
                        order(expected, found),
                        Math.abs(found / expected - 1) <= DIFFERENT - 1 ? "holds" : "missed"));
            }
        }
        return verdicts;
    }

    /// Only where it differs by more than a tenth.
    private static String order(double expected, double found) {
        if (expected <= DIFFERENT && expected >= 1 / DIFFERENT) {
            return "-";
        }
        return expected > 1 == found > 1 ? "holds" : "missed";
    }

    /// @param options for paced-server.sh
    private record Rival(Schedules schedules, List<String> options) {}

    private record Row(String name, Phase phase, Real real, Virtual virtual) {}

    @FunctionalInterface
    private interface Real {
        double of(Figures figures);
    }

    @FunctionalInterface
    private interface Virtual {
        double of(VirtualRun.Outcome outcome);
    }
}
