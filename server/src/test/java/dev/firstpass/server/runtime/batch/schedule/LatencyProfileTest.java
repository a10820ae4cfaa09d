package dev.firstpass.server.runtime.batch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class LatencyProfileTest {
    private static final double MILLI = 1e6;
    private static final int MOST_ROWS = 32;
    private final Random random = new Random(5);

    private LatencyProfile learned(double fixed, double row) {
        LatencyProfile profile = new LatencyProfile(MOST_ROWS);
        for (int run = 0; run < 20; run++) {
            for (int rows = 1; rows <= 32; rows *= 2) {
                profile.observe(rows, noisy(fixed + row * rows));
            }
        }
        return profile;
    }

    private long noisy(double nanos) {
        return (long) (nanos * (1 + 0.03 * random.nextGaussian()));
    }

    /// From a microsecond to seconds.
    @Property(tries = 50)
    void prediction_ofWhatWasSeen_isWithinTenPercent(
            @ForAll @DoubleRange(min = 0.01, max = 2_000) double fixedMillis,
            @ForAll @DoubleRange(min = 0.01, max = 2_000) double rowMillis) {
        LatencyProfile profile = learned(fixedMillis * MILLI, rowMillis * MILLI);
        for (int rows = 1; rows <= 32; rows++) {
            double truth = (fixedMillis + rowMillis * rows) * MILLI;
            assertEquals(1, profile.nanos(rows) / (1 + profile.margin()) / truth, 0.1);
        }
        assertTrue(profile.margin() > 0.02 && profile.margin() < 0.12);
    }

    @Test
    void unknown_predictsNothing_andLimitsNothing() {
        LatencyProfile profile = new LatencyProfile(MOST_ROWS);
        assertFalse(profile.isKnown());
        assertEquals(0, profile.nanos(8));
        assertEquals(32, profile.efficientRows(32, 0.03));
    }

    @Test
    void efficientRows_areManyOnAGpu_andOneOnACpu() {
        assertEquals(32, learned(6 * MILLI, 1.5 * MILLI).efficientRows(64, 0.08));
        assertEquals(1, learned(2 * MILLI, 70 * MILLI).efficientRows(32, 0.03));
    }

    /// As of an engine that works by fours: 5 rows take as long as 8.
    @Test
    void sizes_offTheLine_areLearnedEachForItself() {
        LatencyProfile profile = new LatencyProfile(MOST_ROWS);
        for (int run = 0; run < 40; run++) {
            for (int rows = 1; rows <= 8; rows++) {
                profile.observe(rows, noisy(byFours(rows)));
            }
        }
        for (int rows = 1; rows <= 8; rows++) {
            assertEquals(1, profile.meanNanos(rows) / byFours(rows), 0.03, rows + " rows");
        }
        assertTrue(profile.margin() < 0.08, () -> "margin: " + profile.margin());
        assertEquals(4, profile.efficientRows(4, 0.03));
    }

    private static double byFours(int rows) {
        return (2 + 8 * Math.ceilDiv(rows, 4)) * MILLI;
    }

    /// A size that always takes twice as long as the rest lets expect comes as a hiccup each time, among runs of others.
    @Test
    void size_thatTakesTwiceAsLong_isNoHiccupForEver() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        for (int run = 0; run < 100; run++) {
            profile.observe(4, noisy(12 * MILLI));
            profile.observe(5, noisy(27 * MILLI));
            profile.observe(8, noisy(18 * MILLI));
        }
        assertEquals(27, profile.meanNanos(5) / MILLI, 2);
        assertEquals(12, profile.meanNanos(4) / MILLI, 1);
        assertEquals(18, profile.meanNanos(8) / MILLI, 1.5);
    }

    @Test
    void moreRowsThanExpected_lieOnTheLine() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        profile.observe(64, noisy(102 * MILLI));
        assertEquals(102, profile.meanNanos(64) / MILLI, 5);
    }

    @Test
    void tenfold_isLearnedWithinTenRuns_bothWays() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        for (int run = 0; run < 10; run++) {
            profile.observe(8, noisy(180 * MILLI));
        }
        assertEquals(180, profile.nanos(8) / MILLI, 27);
        for (int run = 0; run < 10; run++) {
            profile.observe(8, noisy(18 * MILLI));
        }
        assertEquals(18, profile.nanos(8) / MILLI, 2.7);
    }

    @Test
    void hiccup_leavesPredictionsAlone_andIsCounted() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        double before = profile.nanos(8);
        profile.observe(8, (long) (36 * MILLI));
        assertEquals(before, profile.nanos(8), before * 0.05);
        assertTrue(profile.hiccupRate() > 0 && profile.hiccupFactor() > 1);
    }

    @Test
    void runsOfOneSize_withoutEnd_stayPredictable() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        for (int run = 0; run < 100_000; run++) {
            profile.observe(4, noisy(12 * MILLI));
        }
        assertEquals(12, profile.nanos(4) / MILLI, 1.5);
        double most = profile.nanos(32) / MILLI;
        assertTrue(most > 12 && most < 110, () -> "32 rows: " + most);
    }

    @Test
    void times_thatCannotBe_areIgnored() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        double before = profile.nanos(8);
        profile.observe(8, 0);
        profile.observe(8, -5);
        profile.observe(8, Long.MAX_VALUE);
        assertEquals(before, profile.nanos(8));
    }

    /// Else a model that was slow for a while would be refused for ever, since no run could show that it is well again.
    @Test
    void prediction_thatRefusesAll_isDoubtedMoreAndMore() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        for (int run = 0; run < 5; run++) {
            profile.observe(1, (long) (750 * MILLI));
        }
        assertTrue(profile.nanos(1) > 500 * MILLI);
        profile.hopeless(0, (long) (150 * MILLI));
        profile.hopeless((long) (4_500 * MILLI), (long) (150 * MILLI));
        assertTrue(profile.nanos(1) < 100 * MILLI);
        profile.observe(1, (long) (750 * MILLI));
        assertTrue(profile.nanos(1) > 500 * MILLI);
    }

    @Test
    void timeouts_thatWereNeverPossible_raiseNoDoubts() {
        LatencyProfile profile = learned(6 * MILLI, 1.5 * MILLI);
        double before = profile.nanos(1);
        profile.hopeless(0, (long) MILLI);
        profile.hopeless((long) (10_000 * MILLI), (long) MILLI);
        assertEquals(before, profile.nanos(1));
    }
}
