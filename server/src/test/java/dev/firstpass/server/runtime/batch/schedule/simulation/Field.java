package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Who takes part: a name, and the settings that it may be tried with. The best for each figure counts.
///
/// @param settings one at least
record Field(String name, List<Trials.Maker> settings) {
    private static final int[][] ALIKE = {{8, 8, 8}, {16, 16, 16}, {32, 32, 32}};
    private static final int[] BY_SIZE = {16, 8, 4};
    private static final long HOLD_NANOS = 5_000_000;

    static final Field ONE_QUEUE = new Field("one queue", alike(false, false, false));
    static final Field BY_SIZE_AND_TIMEOUT = new Field("queue by size, timeout", alike(true, true, false));
    static final Field LEVELS = new Field("the same, 3 priority levels", alike(true, true, true));
    static final Field LEVELS_TUNED = new Field(
            "the same, largest batches tuned by size",
            List.of((_, _) -> new Queues(new Queues.Options(true, true, true, BY_SIZE, 0))));
    static final Field SCHEDULE = new Field("**Firstpass**", List.of(Deadlines::new));

    private static List<Trials.Maker> alike(boolean bySize, boolean hasTimeout, boolean hasLevels) {
        return Arrays.stream(ALIKE)
                .flatMap(largest -> LongStream.of(0, HOLD_NANOS)
                        .mapToObj(delay -> new Queues.Options(bySize, hasTimeout, hasLevels, largest, delay)))
                .<Trials.Maker>map(options -> (_, _) -> new Queues(options))
                .toList();
    }

    /// With some of the settings alone.
    Field only(int... indexes) {
        return new Field(name, Arrays.stream(indexes).mapToObj(settings::get).toList());
    }

    double capacity(Trials trials, boolean bulk, double most) {
        return settings.stream()
                .mapToDouble(maker -> trials.capacity(maker, bulk, most))
                .max()
                .orElseThrow();
    }

    double goodput(Trials trials, double rate) {
        return settings.stream()
                .mapToDouble(maker -> trials.at(maker, rate, false).goodput())
                .max()
                .orElseThrow();
    }

    /// Bulk work done beside interactive rows of which 99 % come in time; 0 if there is no such setting.
    double bulk(Trials trials, double rate) {
        return settings.stream()
                .map(maker -> trials.at(maker, rate, true))
                .filter(outcome -> outcome.inTime() >= Trials.ENOUGH)
                .mapToDouble(Trials.Outcome::bulk)
                .max()
                .orElse(0);
    }
}
