package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.batch.QueueState;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class QueueMetersTest {
    private static final ModelRef.Numbered COCO = new ModelRef.Numbered(new ModelName("coco"), 3);
    private static final ModelRef.Numbered TEXT = new ModelRef.Numbered(new ModelName("text"), 1);

    @Test
    void scrape_tellsWhatWaitsNow_andNothingOfWhatIsUnloaded() {
        AtomicReference<Map<ModelRef.Numbered, QueueState>> queues =
                new AtomicReference<>(Map.of(COCO, new QueueState(7, 2, 4096, Duration.ofMillis(1500), 3, 4)));
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

            queues.set(Map.of(COCO, new QueueState(0, 0, 0, Duration.ZERO, 1, 9)));
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
        assertTrue(scrape.lines().anyMatch(line::equals), () -> line + " is not in " + scrape);
    }
}
