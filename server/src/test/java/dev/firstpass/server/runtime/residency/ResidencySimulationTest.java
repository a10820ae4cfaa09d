package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// 60 models of mixed size, Zipf demand that drifts, and bulk sweeps, on 12 GB.
final class ResidencySimulationTest {
    private static final int REQUESTS = 20_000;
    private static final long BUDGET = 12_000_000_000L;
    private static final double MOST_OF_LRU = 0.85;

    @ParameterizedTest
    @CsvSource({"1, 50", "2, 50", "3, 500", "4, 500", "5, 2000"})
    void loading_withDriftAndSweeps_takesLessThanLeastRecentlyUsed(long seed, int drift) {
        Demand demand = Demand.of(seed, REQUESTS, drift, 3000);

        double ratio =
                ResidencySimulation.firstpass(demand, BUDGET) / ResidencySimulation.leastRecentlyUsed(demand, BUDGET);

        assertTrue(ratio <= MOST_OF_LRU, () -> "ratio: " + ratio + " (expected: <= " + MOST_OF_LRU + ")");
    }
}
