package dev.firstpass.server.runtime.batch.schedule.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The figures of docs/batching.md, in small.
final class BatchingSimulationTest {
    private static final Trials TRIALS = new Trials(1, 4, 20);
    private static final double MOST = 220;
    private static final double OVERLOAD = 300;

    @Test
    void capacity_ofMixedDeadlines_isAheadOfQueues() {
        double ours = Field.SCHEDULE.capacity(TRIALS, false, MOST);
        atLeast(1.8, ours, Field.ONE_QUEUE.only(0, 4).capacity(TRIALS, false, MOST));
        atLeast(1.25, ours, Field.BY_SIZE_AND_TIMEOUT.only(2, 4).capacity(TRIALS, false, MOST));
        atLeast(1.05, ours, Field.LEVELS.only(0, 2).capacity(TRIALS, false, MOST));
        atLeast(1.03, ours, Field.LEVELS_TUNED.capacity(TRIALS, false, MOST));
    }

    @Test
    void goodput_atOverload_isAheadOfQueues() {
        double ours = Field.SCHEDULE.goodput(TRIALS, OVERLOAD);
        atLeast(1.2, ours, Field.LEVELS.goodput(TRIALS, OVERLOAD));
        atLeast(1.04, ours, Field.LEVELS_TUNED.goodput(TRIALS, OVERLOAD));
    }

    @Test
    void bulk_besideInteractiveRows_isAheadOfQueues() {
        double ours = Field.SCHEDULE.bulk(TRIALS, 120);
        atLeast(1.2, ours, Field.LEVELS.only(0, 2).bulk(TRIALS, 120));
        atLeast(1.1, ours, Field.LEVELS_TUNED.bulk(TRIALS, 120));
        assertTrue(TRIALS.at(Deadlines::new, 120, true).inTime() >= 0.999);
    }

    @Test
    void nothing_isRunAfterItsDeadline_atTenTimesTheLoad() {
        Trials brief = new Trials(1, 2, 5);
        assertEquals(0, brief.at(Deadlines::new, 1700, false).late());
        assertEquals(0, brief.at(Deadlines::new, 1700, true).late());
    }

    @Test
    void goodput_atFiveAndTenTimesTheLoad_doesNotFall() {
        Trials brief = new Trials(1, 2, 10);
        double peak = brief.at(Deadlines::new, 175, false).goodput();
        for (double rate : new double[] {5 * 175, 10 * 175}) {
            assertTrue(brief.at(Deadlines::new, rate, false).goodput() >= 0.9 * peak, () -> "at " + rate + "/s");
        }
    }

    @Test
    void fourDevices_doFourTimesAsMuch() {
        Trials four = new Trials(4, 1, 10);
        assertTrue(four.at(Deadlines::new, 4 * 165, false).inTime() >= Trials.ENOUGH);
    }

    @Test
    void tenant_besideOneThatAsksForTenTimesItsShare_hardlyNotices() {
        Fairness.Latency before = Fairness.ofOther(1, 2);
        Fairness.Latency beside = Fairness.ofOther(10, 2);
        assertTrue(
                beside.p99Nanos() <= 1.5 * before.p99Nanos(),
                () -> "p99: " + before.p99Nanos() / 1e6 + " ms, then " + beside.p99Nanos() / 1e6 + " ms");
        assertTrue(beside.inTime() >= 0.98, () -> "in time: " + beside.inTime());
    }

    private static void atLeast(double factor, double ours, double theirs) {
        assertTrue(
                ours >= factor * theirs,
                () -> "%.1f against %.1f: %.3f times (expected: >= %s)".formatted(ours, theirs, ours / theirs, factor));
    }
}
