package dev.firstpass.server.runtime.batch.schedule.simulation;

import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What one tenant notices of another that asks for ten times its share, with no more room than servers have for both.
final class Fairness {
    private static final double SHARE = 60;
    private static final double SECONDS = 30;

    private static final BatchPolicy POLICY =
            BatchPolicy.DEFAULTS.withRoom(BatchPolicy.DEFAULTS.room().withRows(256), 1);

    private Fairness() {}

    /// The 99th percentile of the latency of B's clicks and openings, in nanoseconds, and how many of B's came in time.
    ///
    /// @param times its share that A asks for
    static Latency ofOther(double times, int seeds) {
        List<Ask> own = new ArrayList<>();
        for (long seed = 1; seed <= seeds; seed++) {
            List<Ask> mine = Traffic.of(SHARE, SECONDS, seed, "B");
            List<Ask> all = new ArrayList<>(mine);
            all.addAll(Traffic.of(SHARE * times, SECONDS, seed + 1000, "A"));
            all.sort(Comparator.comparingLong(Ask::arrivedNanos));
            var _ = new Run(new Deadlines(1, seed, POLICY), all, 1, false, SECONDS, seed);
            own.addAll(mine);
        }
        long[] latencies = own.stream()
                .filter(ask -> ask.isAnswered() && ask.kind() != Kind.PREFETCH)
                .mapToLong(Ask::latencyNanos)
                .sorted()
                .toArray();
        double inTime = (double) own.stream().filter(Ask::isInTime).count() / own.size();
        return new Latency(latencies[(int) (0.99 * latencies.length)], inTime);
    }

    record Latency(long p99Nanos, double inTime) {}
}
