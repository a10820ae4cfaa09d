package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.batch.RowOutputs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StageCountsTest {
    private final StageCounts counts = new StageCounts();

    @Test
    void nothing_isNone() {
        assertEquals(StageCounts.Totals.NONE, counts.totals(() -> 99));
    }

    @Test
    void requests_areCountedByRowsRunsAndTimes() {
        counts.succeeded(List.of(row(5, 100, 3), row(7, 100, 3)), 120, 1000);
        counts.succeeded(List.of(row(1, 100, 3)), 110, 2000);
        counts.succeeded(List.of(row(2, 40, 1)), 50, 3000);
        counts.failed(9);

        StageCounts.Totals totals = counts.totals(() -> 3500);
        assertEquals(3, totals.succeeded());
        assertEquals(280, totals.succeededNanos());
        assertEquals(1, totals.failed());
        assertEquals(9, totals.failedNanos());
        assertEquals(7 + 1 + 2, totals.queueNanos());
        assertEquals(240, totals.inferNanos());
        assertEquals(Optional.of(Duration.ofNanos(500)), totals.sinceLast());
        assertEquals(4, totals.rows());
        assertEquals(2, totals.runs(), "one of three rows, and one of one");
        assertEquals(
                Map.of(1, new StageCounts.Batches(1, 1, 40), 3, new StageCounts.Batches(3, 1, 100)), totals.batches());
    }

    /// Of the other rows of the run nobody knows.
    @Test
    void run_ofWhichNotAllRowsWereWaitedFor_countsAsOne() {
        counts.succeeded(List.of(row(1, 10, 8)), 20, 1);
        assertEquals(1, counts.totals(() -> 1).runs());
        assertEquals(1, counts.totals(() -> 1).rows());
    }

    private static RowOutputs row(long queueNanos, long inferNanos, int batchSize) {
        RawOutputs none = new RawOutputs() {
            @Override
            public List<Tensor> tensors() {
                return List.of();
            }

            @Override
            public void close() {}
        };
        return new RowOutputs(none, queueNanos, inferNanos, batchSize);
    }
}
