package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.List;

/// Prints the tables of docs/batching.md: `loadtest/batching.sh`.
final class BatchingSimulation {
    private static final List<Field> FIELDS =
            List.of(Field.ONE_QUEUE, Field.BY_SIZE_AND_TIMEOUT, Field.LEVELS, Field.LEVELS_TUNED, Field.SCHEDULE);
    private static final double MOST = 260;
    private static final double OVERLOAD = 300;
    private static final double FULL = 120;
    private static final int SEEDS = 8;
    private static final double SECONDS = 20;

    private BatchingSimulation() {}

    public static void main(String[] args) {
        table(1);
        table(4);
        fairness();
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
            Fairness.Latency latency = Fairness.ofOther(Deadlines::new, times, SEEDS);
            print("| %.0f/s | %.0f ms | %.2f %% |"
                    .formatted(60 * times, latency.p99Nanos() / 1e6, 100 * latency.inTime()));
        }
    }

    private static void print(String text) {
        System.out.println(text);
    }
}
