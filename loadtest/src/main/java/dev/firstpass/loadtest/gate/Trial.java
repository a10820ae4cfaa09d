package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Photos;
import dev.firstpass.loadtest.drive.Shot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/// Loads both versions in turn, block by block. The two blocks of a pair have the same arrivals and the same photos; which
/// version goes first changes from pair to pair, so that a machine that gets slower is nobody's disadvantage. A block
/// begins when the one before it is answered.
///
/// For one thread.
final class Trial {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Plan plan;
    private final Photos photos;
    private final OpenLoop loop;
    private long copies;

    Trial(Plan plan, Photos photos, OpenLoop loop) {
        this.plan = plan;
        this.photos = photos;
        this.loop = loop;
    }

    /// @param progress is told how many pairs are done
    Measured run(Door door, IntConsumer progress) throws InterruptedException {
        var _ = pair(door, -1, new TreeMap<>(), new ArrayList<>());
        List<Pair> pairs = new ArrayList<>();
        Map<String, Map<String, Integer>> reasons = new TreeMap<>();
        List<Double> lags = new ArrayList<>();
        while (pairs.size() < plan.pairs()) {
            pairs.add(pair(door, pairs.size(), reasons, lags));
            progress.accept(pairs.size());
        }
        lags.sort(Double::compare);
        return new Measured(pairs, reasons, lags.isEmpty() ? 0 : lags.get((int) (0.99 * (lags.size() - 1))));
    }

    private Pair pair(Door door, int number, Map<String, Map<String, Integer>> reasons, List<Double> lags)
            throws InterruptedException {
        long[] arrivals = Arrivals.poisson(plan.rate(), plan.blockSeconds(), plan.seed() * 1_000_003 + number);
        boolean isStableFirst = Math.floorMod(number, 2) == 0;
        Block first = block(door, isStableFirst ? Arm.STABLE : Arm.CANDIDATE, number, arrivals, reasons, lags);
        Block second = block(door, isStableFirst ? Arm.CANDIDATE : Arm.STABLE, number, arrivals, reasons, lags);
        return isStableFirst ? new Pair(first, second) : new Pair(second, first);
    }

    private Block block(
            Door door,
            Arm arm,
            int number,
            long[] arrivals,
            Map<String, Map<String, Integer>> reasons,
            List<Double> lags)
            throws InterruptedException {
        int firstPhoto = (number + 1) * arrivals.length;
        List<Shot> shots = loop.drive(
                door,
                arrivals,
                (index, _) -> new Ask(
                        plan.model(arm), photos.photo(firstPhoto + index, copies++), plan.isBulk(), plan.timeout()),
                PATIENCE);
        int errors = 0;
        List<Double> millis = new ArrayList<>();
        for (Shot shot : shots) {
            lags.add(shot.lagNanos() / NANOS_PER_MILLI);
            if (shot.answer().isGood()) {
                millis.add(shot.latencyNanos() / NANOS_PER_MILLI);
            } else {
                errors++;
                reasons.computeIfAbsent(plan.model(arm), _ -> new TreeMap<>())
                        .merge(shot.answer().reason(), 1, Integer::sum);
            }
        }
        return new Block(millis.stream().mapToDouble(Double::doubleValue).toArray(), errors);
    }

    /// What came out.
    ///
    /// @param reasons model -> reason -> requests that went without an answer for it
    /// @param lagMillis 99th percentile of by how much requests were sent too late
    record Measured(List<Pair> pairs, Map<String, Map<String, Integer>> reasons, double lagMillis) {
        Measured {
            pairs = List.copyOf(pairs);
        }
    }
}
