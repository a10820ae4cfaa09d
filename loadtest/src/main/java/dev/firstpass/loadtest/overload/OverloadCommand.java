package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.command.Program;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `loadtest/paced.sh`: overload in real time, on virtual GPUs, through the HTTP door.
@Command(
        name = "paced.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts servers with virtual GPUs, asks more of them than they can do, and prints what came of it: mixed"
                    + " deadlines and sizes in bursts as in docs/batching.md, in open loop. Servers take turns.",
            "The figures mean something where the sender has a core of its own, and the server another; lag and cores tell."
        })
public final class OverloadCommand implements Callable<Integer> {
    @Mixin
    private Tables tables = new Tables();

    @Option(
            names = "--most",
            paramLabel = "RATE",
            description =
                    "Phases that ask for more than this a second are left out: a core sends and a core answers no more"
                            + " (default: ${DEFAULT-VALUE}).")
    private double most = 2000;

    @Option(
            names = "--server",
            required = true,
            paramLabel = "NAME=COMMAND",
            description =
                    "A server that takes part, started by a command such as loadtest/paced-server.sh; repeatable, for"
                            + " instance with another checkout's.")
    private Map<String, String> servers = new LinkedHashMap<>();

    private boolean hasFailed;

    public static void main(String[] arguments) {
        Program.main(new OverloadCommand(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Math.max(tables.each(this::table), hasFailed ? 1 : 0);
    }

    private void table(int count) throws IOException, InterruptedException {
        List<Contestant> contestants = new ArrayList<>();
        try {
            for (Map.Entry<String, String> server : servers.entrySet()) {
                contestants.add(new Contestant(
                        server.getKey(), List.of(server.getValue().split(" ", -1)), count, tables.seconds()));
            }
            run(contestants, count);
            print(contestants, count);
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    private void run(List<Contestant> contestants, int count) throws IOException, InterruptedException {
        List<Phase> phases = List.of(
                Phase.FULL,
                Phase.CAPABLE,
                Phase.OVER,
                Phase.FIVE_TIMES,
                Phase.TEN_TIMES,
                Phase.BULK_ALONE,
                Phase.FULL_AND_BULK);
        for (int run = 1; run <= tables.runs(); run++) {
            for (Phase phase : phases) {
                for (Contestant contestant : contestants) {
                    if (phase.rate() * count <= most) {
                        note(contestant.name(), count, phase, contestant.run(phase, run));
                    }
                }
            }
            for (Phase overload : Phase.OVERLOADS) {
                for (Contestant contestant : contestants) {
                    if (overload.rate() * count <= most) {
                        System.err.printf(
                                Locale.ROOT,
                                "%s, %d GPU, before, at and after %.0f/s: %s%n",
                                contestant.name(),
                                count,
                                overload.rate() * count,
                                contestant.relieve(overload, run));
                    }
                }
            }
        }
    }

    /// Each run as it ends, so that nothing is hidden behind a median.
    private static void note(String name, int count, Phase phase, Figures run) {
        System.err.println(String.format(
                Locale.ROOT,
                "%s, %d GPU, %.0f/s%s: %d asked, %d in time, %d answered late, %d refused, %d too late, %d failed; said no in %.1f ms; runs begun after the deadline %d, ended after it %d; since the sending %d of %d rows, by %.1f ms each, %.1f rows a run; bulk %.0f; lag %.1f ms; server %.2f cores",
                name,
                count,
                phase.rate() * count,
                phase.hasBacklog() ? " and bulk" : "",
                run.asked(),
                run.inTime(),
                run.answeredLate(),
                run.refused(),
                run.tooLate(),
                run.failed(),
                run.sayNoMillis(),
                run.tally().begunLate(),
                run.tally().endedLate(),
                run.tally().late(),
                run.tally().marked(),
                run.tally().lateNanos() / 1e6 / Math.max(1, run.tally().late()),
                (double) run.tally().rows() / Math.max(1, run.tally().runs()),
                run.bulkArea(),
                run.lagMillis(),
                run.cpu()));
    }

    private void print(List<Contestant> contestants, int count) {
        VirtualOverload virtual = new VirtualOverload(count, tables.seconds(), tables.runs());
        System.out.printf(
                "%n%d GPU:%n%n| | must |%s virtual time |%n|---|---|%s---|%n",
                count,
                contestants.stream().map(one -> " " + one.name() + " |").collect(Collectors.joining()),
                "---|".repeat(contestants.size()));
        row(
                contestants,
                String.format(Locale.ROOT, "in time at %.0f/s, a second", Phase.OVER.rate() * count),
                Limit.NONE,
                one -> one.median(Phase.OVER, Figures::goodput),
                OptionalDouble.of(virtual.goodput(Phase.OVER)),
                "%.0f");
        double virtualPeak = virtual.peak();
        row(
                contestants,
                String.format(Locale.ROOT, "most in time up to %.0f/s, a second", Phase.OVER.rate() * count),
                Limit.NONE,
                OverloadCommand::peak,
                OptionalDouble.of(virtualPeak),
                "%.0f");
        for (Phase overload : Phase.OVERLOADS) {
            overload(contestants, virtual, virtualPeak, overload);
        }
        row(
                contestants,
                String.format(Locale.ROOT, "in time at %.0f/s", Phase.FULL.rate() * count),
                Limit.NONE,
                one -> percent(one.median(Phase.FULL, Figures::success)),
                OptionalDouble.empty(),
                "%.2f %%");
        row(
                contestants,
                "the same with bulk work waiting",
                new Limit(">= 99.9 %", value -> value >= 99.9),
                one -> percent(one.median(Phase.FULL_AND_BULK, Figures::success)),
                OptionalDouble.empty(),
                "%.2f %%");
        row(
                contestants,
                "bulk work beside it: of its rate alone",
                new Limit(">= 10 %", value -> value >= 10),
                one -> share(
                        one.median(Phase.FULL_AND_BULK, Figures::bulkArea),
                        one.median(Phase.BULK_ALONE, Figures::bulkArea)),
                OptionalDouble.empty(),
                "%.1f %%");
        row(
                contestants,
                "bulk work beside it, area a second",
                Limit.NONE,
                one -> one.median(Phase.FULL_AND_BULK, Figures::bulkArea),
                OptionalDouble.empty(),
                "%.0f");
        row(
                contestants,
                "sender: worst lag, p99",
                Limit.NONE,
                OverloadCommand::worstLag,
                OptionalDouble.empty(),
                "%.1f ms");
    }

    private void overload(List<Contestant> contestants, VirtualOverload virtual, double virtualPeak, Phase overload) {
        row(
                contestants,
                String.format(
                        Locale.ROOT,
                        "in time at %.0f times the capacity, %.0f/s: of the most",
                        overload.rate() / Phase.CAPACITY,
                        overload.rate() * virtual.devices()),
                new Limit(">= 90 %", value -> value >= 90),
                one -> share(one.median(overload, Figures::goodput), peak(one)),
                OptionalDouble.of(100 * virtual.goodput(overload) / virtualPeak),
                "%.1f %%");
        row(
                contestants,
                "there, median time to say no",
                new Limit("<= 20 ms", value -> value <= 20),
                one -> one.median(overload, Figures::sayNoMillis),
                OptionalDouble.empty(),
                "%.1f ms");
        row(
                contestants,
                "there, run after their deadline, in all runs",
                new Limit("0", value -> value == 0),
                one -> sum(one, overload, run -> run.tally().begunLate()),
                OptionalDouble.of(virtual.late(overload)),
                "%.0f");
        row(
                contestants,
                "there, run after it, counted from the sending",
                Limit.NONE,
                one -> sum(one, overload, run -> run.tally().late()),
                OptionalDouble.empty(),
                "%.0f");
        row(
                contestants,
                "there, answered after it, counted from when they were due",
                Limit.NONE,
                one -> sum(one, overload, Figures::answeredLate),
                OptionalDouble.empty(),
                "%.0f");
        row(
                contestants,
                "after it, back to normal within",
                new Limit("<= 5 s", value -> value <= Recovery.MOST_SECONDS),
                one -> one.recovery(overload).seconds(),
                virtual.recovery(overload).seconds(),
                "%.2f s");
    }

    /// @param text as it is printed; empty where there is none
    private record Limit(String text, DoublePredicate holds) {
        static final Limit NONE = new Limit("", _ -> true);

        boolean isAny() {
            return !text.isEmpty();
        }
    }

    private void row(
            List<Contestant> contestants,
            String name,
            Limit limit,
            Function<Contestant, OptionalDouble> figure,
            OptionalDouble virtual,
            String format) {
        StringBuilder cells = new StringBuilder();
        contestants.forEach(one -> cells.append(cell(figure.apply(one), limit, format)));
        cells.append(cell(virtual, limit, format));
        System.out.println("| " + name + " | " + limit.text() + " |" + cells);
    }

    /// Not a number is one that was never reached.
    private String cell(OptionalDouble value, Limit limit, String format) {
        if (value.isEmpty()) {
            return " - |";
        }
        String figure =
                Double.isNaN(value.getAsDouble()) ? "never" : String.format(Locale.ROOT, format, value.getAsDouble());
        if (!limit.isAny()) {
            return " " + figure + " |";
        }
        boolean holds = limit.holds().test(value.getAsDouble());
        hasFailed |= !holds;
        return " " + figure + " " + (holds ? "PASS" : "FAIL") + " |";
    }

    private static OptionalDouble peak(Contestant one) {
        return DoubleStream.of(
                        one.median(Phase.FULL, Figures::goodput).orElse(0),
                        one.median(Phase.CAPABLE, Figures::goodput).orElse(0),
                        one.median(Phase.OVER, Figures::goodput).orElse(0))
                .max();
    }

    /// Of all runs.
    private static OptionalDouble sum(Contestant one, Phase overload, ToLongFunction<Figures> rows) {
        List<Figures> figures = one.runs(overload);
        return figures.isEmpty() || figures.stream().allMatch(run -> run.tally().marked() == 0)
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) figures.stream().mapToLong(rows).sum());
    }

    private static OptionalDouble worstLag(Contestant one) {
        return List.of(Phase.FULL, Phase.CAPABLE, Phase.OVER, Phase.FIVE_TIMES, Phase.TEN_TIMES, Phase.FULL_AND_BULK)
                .stream()
                .flatMap(phase -> one.runs(phase).stream())
                .mapToDouble(Figures::lagMillis)
                .max();
    }

    private static OptionalDouble percent(OptionalDouble share) {
        return share.isEmpty() ? share : OptionalDouble.of(100 * share.getAsDouble());
    }

    private static OptionalDouble share(OptionalDouble part, OptionalDouble whole) {
        return part.isEmpty() || whole.isEmpty() || whole.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(100 * part.getAsDouble() / whole.getAsDouble());
    }
}
