package dev.firstpass.loadtest.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class BlockBootstrapTest {
    private static final int TRIALS = Boolean.getBoolean("firstpass.long") ? 2000 : 200;
    private static final int RESAMPLES = 300;

    /// Against the plain way: as many copies of each block as it has weight, sorted.
    @Property(tries = 100)
    void quantile_ofWeightedBlocks_isThatOfTheirCopies(
            @ForAll @LongRange(min = 0, max = 10_000) long seed, @ForAll @IntRange(min = 1, max = 99) int percent) {
        Random random = new Random(seed);
        List<Block> blocks = IntStream.range(0, 4)
                .mapToObj(_ -> Blocks.block(1 + random.nextInt(9), 1, random))
                .toList();
        int[] weights = {random.nextInt(3), random.nextInt(3), 1, random.nextInt(3)};
        List<Double> copies = new ArrayList<>();
        for (int block = 0; block < weights.length; block++) {
            for (int copy = 0; copy < weights[block]; copy++) {
                Arrays.stream(blocks.get(block).millis()).forEach(copies::add);
            }
        }
        copies.sort(Double::compare);
        int rank = Math.ceilDiv(percent * copies.size(), 100);
        assertEquals(
                copies.get(Math.max(0, rank - 1)), new ArmSample(blocks).quantile(weights, percent / 100.0), 1e-12);
    }

    /// The truth is in 95 % of the intervals, though pairs of blocks differ by a fifth: seeded.
    @Test
    void interval_ofARatio_holdsTheTruthAsOftenAsItSays() {
        int held = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            List<Pair> pairs = Blocks.pairs(16, 40, 1.15, 0.2, new Random(trial));
            held += new BlockBootstrap(pairs, RESAMPLES, trial).ratio(0.95).contains(1.15) ? 1 : 0;
        }
        double share = (double) held / TRIALS;
        assertTrue(share >= 0.92 && share <= 0.99, "held: " + share);
    }

    /// What both versions feel is no difference between them.
    @Test
    void interval_ofARatio_isNoWiderForMoodsOfTheMachine() {
        double calm = width(0);
        double moody = width(0.5);
        assertTrue(moody < 2 * calm, calm + " and " + moody);
    }

    private static double width(double moods) {
        double sum = 0;
        for (int trial = 0; trial < 20; trial++) {
            Interval interval =
                    new BlockBootstrap(Blocks.pairs(24, 100, 1, moods, new Random(trial)), RESAMPLES, 1).ratio(0.5);
            sum += interval.high() - interval.low();
        }
        return sum / 20;
    }

    @Test
    void sameSeed_givesTheSameIntervals() {
        List<Pair> pairs = Blocks.pairs(10, 50, 1, 0.1, new Random(3));
        assertEquals(
                new BlockBootstrap(pairs, RESAMPLES, 7).ratio(0.95),
                new BlockBootstrap(pairs, RESAMPLES, 7).ratio(0.95));
    }

    @Test
    void errors_ofAllAndOfNone_areSeen() {
        List<Pair> pairs = Blocks.withErrors(Blocks.pairs(10, 30, 1, 0, new Random(1)), 0, 10);
        Interval more = new BlockBootstrap(pairs, RESAMPLES, 1).moreErrors();
        assertEquals(0.25, more.value(), 1e-12);
        assertEquals(0.25, more.low(), 1e-12);
    }
}
