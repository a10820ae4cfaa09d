package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What one tenant notices of another that asks for ten times its share.
final class Fairness {
    private static final double SHARE = 60;
    private static final double SECONDS = 30;

    private Fairness() {}

    /// The 99th percentile of the latency of B's clicks and openings, in nanoseconds, and how many of B's came in time.
    ///
    /// @param times its share that A asks for
    static Latency ofOther(Trials.Maker maker, double times, int seeds) {
        List<Ask> own = new ArrayList<>();
        for (long seed = 1; seed <= seeds; seed++) {
            List<Ask> mine = Traffic.of(SHARE, SECONDS, seed, "B");
            List<Ask> all = new ArrayList<>(mine);
            all.addAll(Traffic.of(SHARE * times, SECONDS, seed + 1000, "A"));
            all.sort(Comparator.comparingLong(Ask::arrivedNanos));
            var _ = new Run(maker.make(1, seed), all, 1, false, SECONDS, seed);
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
