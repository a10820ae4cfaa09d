package dev.firstpass.loadtest.paced;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class QueueScheduleTest {
    private static final long MILLI = 1_000_000;
    private static final Buckets SIZES = new Buckets() {
        @Override
        public int count() {
            return 2;
        }

        @Override
        public long pixels(int bucket) {
            return 64L << bucket;
        }
    };

    private final List<String> refused = new ArrayList<>();
    private final Batch<String> batch = new Batch<>();

    @Test
    void oneQueue_endsABatchWhereAnotherSizeComes() {
        Schedule<String> queue = schedule(Queues.Kind.ONE);
        offer(queue, "a", 0, 150, 0);
        offer(queue, "b", 0, 150, 0);
        offer(queue, "c", 1, 150, 0);
        offer(queue, "d", 0, 150, 0);
        assertEquals(List.of("a", "b"), take(queue, 0));
        assertEquals(List.of("c"), take(queue, 0));
        assertEquals(List.of(), take(queue, 4 * MILLI), "it is held back");
        assertEquals(List.of("d"), take(queue, 5 * MILLI));
        assertEquals(0, queue.rows());
    }

    @Test
    void oneQueue_refusesNothing() {
        Schedule<String> queue = schedule(Queues.Kind.ONE);
        offer(queue, "late", 0, 150, 0);
        assertEquals(List.of("late"), take(queue, 900 * MILLI));
        assertEquals(List.of(), refused);
    }

    @Test
    void queueBySize_takesTheOldestFirst_andRefusesWhatIsTooLate() {
        Schedule<String> queue = schedule(Queues.Kind.SIZES);
        offer(queue, "late", 0, 150, 0);
        offer(queue, "large", 1, 500, MILLI);
        offer(queue, "small", 0, 500, 2 * MILLI);
        assertEquals(List.of("large"), take(queue, 200 * MILLI));
        assertEquals(List.of("late"), refused);
        assertEquals(List.of("small"), take(queue, 200 * MILLI));
    }

    @Test
    void levels_takeClicksFirst_andFillUpWithTheOthers() {
        Schedule<String> queue = schedule(Queues.Kind.LEVELS);
        offer(queue, "bulk", 0, 0, 0);
        offer(queue, "prefetch", 0, 5_000, 0);
        offer(queue, "open", 1, 500, 0);
        offer(queue, "click", 0, 150, 0);
        assertEquals(List.of("click", "prefetch"), take(queue, 10 * MILLI));
        assertEquals(List.of("open"), take(queue, 10 * MILLI));
        assertEquals(List.of("bulk"), take(queue, 10 * MILLI));
    }

    @Test
    void row_thatIsTakenBack_isNotRun() {
        Schedule<String> queue = schedule(Queues.Kind.LEVELS);
        QueuedRow<String> row = offer(queue, "a", 0, 150, 0);
        assertTrue(queue.withdraw(row));
        assertFalse(queue.withdraw(row));
        assertEquals(List.of(), take(queue, 10 * MILLI));
    }

    private Schedule<String> schedule(Queues.Kind kind) {
        return new Queues(kind, 2, Duration.ofMillis(5))
                .make(SIZES, 1, (_, _) -> 32, BatchPolicy.DEFAULTS, _ -> 1, (row, _) -> refused.add(row.payload()));
    }

    /// @param timeoutMillis 0 is bulk
    private static QueuedRow<String> offer(
            Schedule<String> schedule, String name, int size, long timeoutMillis, long now) {
        QueuedRow<String> row = new QueuedRow<>(
                new RowTerms(
                        size,
                        timeoutMillis == 0 ? Priority.BULK : Priority.INTERACTIVE,
                        "local",
                        1,
                        now,
                        timeoutMillis == 0 ? OptionalLong.empty() : OptionalLong.of(timeoutMillis * MILLI)),
                name);
        assertTrue(schedule.offer(row, now).isEmpty());
        return row;
    }

    private List<String> take(Schedule<String> schedule, long now) {
        schedule.take(0, now, batch);
        return batch.rows().stream().map(QueuedRow::payload).toList();
    }
}
