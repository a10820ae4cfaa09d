package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class QueueMetersTest {
    private static final ModelRef.Numbered COCO = new ModelRef.Numbered(new ModelName("coco"), 3);
    private static final ModelRef.Numbered TEXT = new ModelRef.Numbered(new ModelName("text"), 1);

    private static final RunCounts COUNTS =
            new RunCounts(6, 40, 64, List.of(1L, 0L, 2L, 0L, 3L, 0L, 0L, 1L), 7, 8, 9, 10, 11);

    @Test
    void scrape_tellsWhatBecameOfRows() {
        try (Metrics metrics = new Metrics()) {
            QueueMeters.bind(
                    () -> Map.of(
                            COCO,
                            new QueueState(7, 2, 4096, Duration.ofMillis(1500), Duration.ofMillis(250), 3, 4, COUNTS)),
                    metrics);

            String scrape = metrics.scrape();
            assertLine(scrape, "firstpass_queue_oldest_age_seconds{model=\"coco\",version=\"3\"} 0.25");
            assertLine(scrape, "# TYPE firstpass_batch_size histogram");
            assertLine(scrape, "firstpass_batch_size_bucket{model=\"coco\",version=\"3\",le=\"1.0\"} 1");
            assertLine(scrape, "firstpass_batch_size_bucket{model=\"coco\",version=\"3\",le=\"4.0\"} 3");
            assertLine(scrape, "firstpass_batch_size_bucket{model=\"coco\",version=\"3\",le=\"64.0\"} 6");
            assertLine(scrape, "firstpass_batch_size_bucket{model=\"coco\",version=\"3\",le=\"+Inf\"} 7");
            assertLine(scrape, "firstpass_batch_size_sum{model=\"coco\",version=\"3\"} 40.0");
            assertLine(scrape, "firstpass_batch_capacity_rows_total{model=\"coco\",version=\"3\"} 64.0");
            assertLine(
                    scrape,
                    "firstpass_queue_turned_away_rows_total{model=\"coco\",reason=\"queue_full\",version=\"3\"} 7.0");
            assertLine(
                    scrape,
                    "firstpass_queue_turned_away_rows_total{model=\"coco\",reason=\"tenant_full\",version=\"3\"} 8.0");
            assertLine(
                    scrape,
                    "firstpass_queue_turned_away_rows_total{model=\"coco\",reason=\"too_late\",version=\"3\"} 9.0");
            assertLine(scrape, "firstpass_queue_expired_rows_total{model=\"coco\",version=\"3\"} 10.0");
            assertLine(scrape, "firstpass_queue_cancelled_rows_total{model=\"coco\",version=\"3\"} 11.0");
        }
    }

    @Test
    void scrape_tellsWhatWaitsNow_andNothingOfWhatIsUnloaded() {
        AtomicReference<Map<ModelRef.Numbered, QueueState>> queues = new AtomicReference<>(Map.of(
                COCO, new QueueState(7, 2, 4096, Duration.ofMillis(1500), Duration.ofMillis(250), 3, 4, COUNTS)));
        try (Metrics metrics = new Metrics()) {
            QueueMeters.bind(queues::get, metrics);

            String first = metrics.scrape();
            assertLine(first, "firstpass_queue_interactive_rows{model=\"coco\",version=\"3\"} 5.0");
            assertLine(first, "firstpass_queue_bulk_rows{model=\"coco\",version=\"3\"} 2.0");
            assertLine(first, "firstpass_queue_memory_bytes{model=\"coco\",version=\"3\"} 4096.0");
            assertLine(first, "firstpass_queue_backlog_seconds{model=\"coco\",version=\"3\"} 1.5");
            assertLine(first, "firstpass_queue_begun_late_rows_total{model=\"coco\",version=\"3\"} 3.0");
            assertLine(first, "firstpass_queue_ended_late_rows_total{model=\"coco\",version=\"3\"} 4.0");

            assertLine(first, "# TYPE firstpass_queue_begun_late_rows_total counter");

            queues.set(Map.of(COCO, new QueueState(0, 0, 0, Duration.ZERO, Duration.ZERO, 1, 9, RunCounts.NONE)));
            String reloaded = metrics.scrape();
            assertLine(reloaded, "firstpass_queue_begun_late_rows_total{model=\"coco\",version=\"3\"} 1.0");
            assertLine(reloaded, "firstpass_queue_ended_late_rows_total{model=\"coco\",version=\"3\"} 9.0");

            queues.set(Map.of(TEXT, QueueState.EMPTY));
            String second = metrics.scrape();
            assertLine(second, "firstpass_queue_interactive_rows{model=\"text\",version=\"1\"} 0.0");
            assertFalse(second.contains("firstpass_queue_bulk_rows{model=\"coco\""), second);
            assertLine(second, "firstpass_queue_begun_late_rows_total{model=\"text\",version=\"1\"} 0.0");
            assertFalse(second.contains("late_rows_total{model=\"coco\""), second);
        }
    }

    private static void assertLine(String scrape, String line) {
        String name = line.startsWith("#") ? line : line.substring(0, line.indexOf('{'));
        List<String> found =
                scrape.lines().filter(each -> each.startsWith(name)).toList();
        assertTrue(found.contains(line), () -> line + " is not in " + String.join("\n", found));
    }
}
