package dev.firstpass.server.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StageTuningTest {
    private static TuningPoint point(int sessions, int threads, int batch, double images, double p50) {
        return new TuningPoint(sessions, threads, batch, images, p50, p50 * 2, 10, 100);
    }

    @Test
    void best_areToldApart_whereTheyDiffer() {
        TuningPoint quick = point(1, 2, 1, 80, 12);
        TuningPoint much = point(2, 1, 1, 100, 20);
        StageTuning tuning = StageTuning.of("main", "1x3x300x300", List.of(quick, much), List.of());
        assertEquals(quick, tuning.latency());
        assertEquals(much, tuning.throughput());
    }

    /// A difference within what figures differ by from run to run decides nothing.
    @Test
    void best_ofThoseThatAreTheSame_isBetterInTheOtherRespect() {
        TuningPoint small = point(2, 1, 1, 100, 20);
        TuningPoint large = point(2, 1, 8, 102, 160);
        TuningPoint nearly = point(1, 1, 1, 50, 19.9);
        StageTuning tuning = StageTuning.of("main", "1x3x300x300", List.of(small, large, nearly), List.of());
        assertEquals(small, tuning.throughput());
        assertEquals(small, tuning.latency());
    }
}
