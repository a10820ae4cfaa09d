package dev.firstpass.loadtest.gate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// All latencies of one version, sorted once, with the block that each came from, so that a quantile of any choice of
/// blocks is one pass.
///
/// Immutable.
final class ArmSample {
    private final double[] millis;
    private final int[] blockOf;
    private final int[] errors;
    private final int[] answered;

    ArmSample(List<Block> blocks) {
        List<Entry> entries = IntStream.range(0, blocks.size())
                .boxed()
                .flatMap(block -> Arrays.stream(blocks.get(block).millis()).mapToObj(value -> new Entry(value, block)))
                .sorted(Comparator.comparingDouble(Entry::millis))
                .toList();
        millis = entries.stream().mapToDouble(Entry::millis).toArray();
        blockOf = entries.stream().mapToInt(Entry::block).toArray();
        errors = blocks.stream().mapToInt(Block::errors).toArray();
        answered = blocks.stream().mapToInt(block -> block.millis().length).toArray();
    }

    /// The least latency that a share `part` of all is at or below; not a number where there is none.
    ///
    /// @param weights how many times each block counts
    double quantile(int[] weights, double part) {
        long total = 0;
        for (int block = 0; block < answered.length; block++) {
            total += (long) weights[block] * answered[block];
        }
        long rank = Math.max(1, (long) Math.ceil(part * total - 1e-9));
        long seen = 0;
        for (int index = 0; index < millis.length; index++) {
            seen += weights[blockOf[index]];
            if (seen >= rank) {
                return millis[index];
            }
        }
        return Double.NaN;
    }

    /// Share of the requests that were not answered; not a number where there is none.
    double errorShare(int[] weights) {
        long failed = 0;
        long all = 0;
        for (int block = 0; block < errors.length; block++) {
            failed += (long) weights[block] * errors[block];
            all += (long) weights[block] * (errors[block] + answered[block]);
        }
        return all == 0 ? Double.NaN : (double) failed / all;
    }

    int answered() {
        return millis.length;
    }

    int errors() {
        return IntStream.of(errors).sum();
    }

    private record Entry(double millis, int block) {}
}
