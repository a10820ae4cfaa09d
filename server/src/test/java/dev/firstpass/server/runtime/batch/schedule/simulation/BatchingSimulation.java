package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.DoubleStream;

/// Prints the tables of docs/batching.md and draws its plot: `loadtest/batching.sh [--svg FILE]`.
final class BatchingSimulation {
    private static final List<Field> FIELDS =
            List.of(Field.ONE_QUEUE, Field.BY_SIZE_AND_TIMEOUT, Field.LEVELS, Field.LEVELS_TUNED, Field.SCHEDULE);
    private static final double MOST = 260;
    private static final double OVERLOAD = 300;
    private static final double FULL = 120;
    private static final int SEEDS = 8;
    private static final double SECONDS = 20;

    private BatchingSimulation() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 0 && !(args.length == 2 && args[0].equals("--svg"))) {
            System.err.println("usage: batching.sh [--svg FILE] (" + String.join(" ", args) + ": not understood)");
            System.exit(2);
        }
        table(1);
        table(4);
        fairness();
        if (args.length == 2) {
            Files.writeString(Path.of(args[1]), plot());
        }
    }

    private static String plot() {
        Trials trials = new Trials(1, SEEDS, SECONDS);
        Plot plot = new Plot(FIELDS.stream().map(BatchingSimulation::shortName).toList());
        plot.add(panel(
                trials,
                "Answered in time, a second",
                "asked for, a second",
                360,
                true,
                (field, rate) -> field.goodput(trials, rate)));
        plot.add(panel(
                trials,
                "Bulk work beside it, while 99 % come in time",
                "people's rows, a second",
                180,
                false,
                (field, rate) -> {
                    double bulk = field.bulk(trials, rate);
                    return bulk == 0 ? Double.NaN : bulk;
                }));
        return plot.svg("One GPU: what is answered in time, and what bulk work is done beside it");
    }

    private static String shortName(Field field) {
        return field.name()
                .replace("*", "")
                .replace("the same, largest batches ", "")
                .replace("the same, ", "");
    }

    private static Plot.Panel panel(
            Trials trials,
            String title,
            String below,
            double most,
            boolean hasIdeal,
            ToDoubleBiFunction<Field, Double> value) {
        double[] rates = DoubleStream.iterate(10, rate -> rate <= most, rate -> rate + 10)
                .toArray();
        List<double[]> values = FIELDS.stream()
                .map(field -> Arrays.stream(rates)
                        .map(rate -> value.applyAsDouble(field, rate))
                        .toArray())
                .toList();
        return new Plot.Panel(
                title, below, Arrays.stream(rates).map(trials::asked).toArray(), values, hasIdeal);
    }

    private static void table(int devices) {
        Trials trials = new Trials(devices, SEEDS, SECONDS);
        print("\n%d GPU: rows a second\n".formatted(devices));
        print("| | capacity | with bulk work waiting | in time at %.0f/s | bulk beside %.0f/s |"
                .formatted(OVERLOAD * devices, FULL * devices));
        print("|---|---|---|---|---|");
        for (Field field : FIELDS) {
            print("| %s | %.0f | %.0f | %.0f | %s |"
                    .formatted(
                            field.name(),
                            field.capacity(trials, false, MOST * devices),
                            field.capacity(trials, true, MOST * devices),
                            field.goodput(trials, OVERLOAD * devices),
                            area(field.bulk(trials, FULL * devices))));
        }
    }

    private static String area(double value) {
        return value == 0 ? "-" : "%.0f".formatted(value);
    }

    private static void fairness() {
        print("\nA tenant beside another, 60 rows a second of its own\n");
        print("| the other asks for | p99 | in time |\n|---|---|---|");
        for (double times : new double[] {1, 2, 10}) {
            Fairness.Latency latency = Fairness.ofOther(times, SEEDS);
            print("| %.0f/s | %.0f ms | %.2f %% |"
                    .formatted(60 * times, latency.p99Nanos() / 1e6, 100 * latency.inTime()));
        }
    }

    private static void print(String text) {
        System.out.println(text);
    }
}
