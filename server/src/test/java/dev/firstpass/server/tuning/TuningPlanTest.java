package dev.firstpass.server.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TuningPlanTest {
    private static TuningPlan plan(int cores, boolean isCpu, int mostRows) {
        return new TuningPlan(cores, isCpu, mostRows, Duration.ofSeconds(1));
    }

    @Test
    void cpu_sharesItsCoresOutInAllWaysThatFit() {
        TuningPlan two = plan(2, true, 8);
        assertEquals(List.of(1, 2), two.threads());
        assertEquals(List.of(1, 2), two.sessions(1));
        assertEquals(List.of(1), two.sessions(2));
        assertEquals(3, two.ways());
        assertEquals(List.of(1), plan(1, true, 8).threads());
        assertEquals(List.of(1, 2, 4, 6), plan(6, true, 8).threads());
        assertEquals(List.of(1, 16, 32, 64), plan(64, true, 8).threads());
        assertEquals(List.of(1, 4), plan(64, true, 8).sessions(16));
    }

    @Test
    void gpu_hasNoThreadsToShareOut() {
        assertEquals(List.of(1), plan(16, false, 64).threads());
        assertEquals(List.of(1, 2), plan(16, false, 64).sessions(1));
    }

    @Test
    void batches_arePowersOfTwoUpToWhatTheModelTakes() {
        assertEquals(List.of(1, 2, 4, 8), plan(2, true, 8).batches(16));
        assertEquals(List.of(1, 2, 4, 6), plan(2, true, 8).batches(6));
        assertEquals(List.of(1), plan(2, true, 8).batches(1));
    }

    @Test
    void nonsense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> plan(0, true, 8));
        assertThrows(IllegalArgumentException.class, () -> plan(2, true, 0));
        assertThrows(IllegalArgumentException.class, () -> new TuningPlan(2, true, 8, Duration.ZERO));
    }
}
