package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ResidencyMetersTest {
    private static final ModelRef.Numbered REF = new ModelRef.Numbered(new ModelName("coco"), 3);

    private final Metrics metrics = new Metrics();
    private final ResidencyMeters meters = new ResidencyMeters(metrics.registry());

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void loaded_thenEvicted_isCountedAndGone() {
        meters.opened(Map.of("cuda:0", 5000L, "cpu", 7000L));
        meters.loaded(REF, Map.of("cuda:0", 1000L), 2_000_000_000);
        assertScraped("firstpass_memory_budget_bytes{device=\"cuda:0\"} 5000.0");
        assertScraped("firstpass_model_resident_bytes{device=\"cuda:0\",model=\"coco\",version=\"3\"} 1000.0");
        assertScraped("firstpass_model_loads_total{result=\"loaded\"} 1.0");
        assertScraped("firstpass_model_load_seconds_sum 2.0");

        meters.unloaded(REF, Map.of("cuda:0", 1000L), true);
        assertScraped("firstpass_model_evictions_total 1.0");
        assertFalse(metrics.scrape().contains("firstpass_model_resident_bytes{"));
    }

    /// The new stay begins before the old one's last request is over.
    @Test
    void loaded_againBeforeItLeft_isTheSumOfBothMeanwhile() {
        meters.loaded(REF, Map.of("cuda:0", 1000L), 1);
        meters.loaded(REF, Map.of("cuda:0", 1000L), 1);
        assertScraped("firstpass_model_resident_bytes{device=\"cuda:0\",model=\"coco\",version=\"3\"} 2000.0");
        meters.unloaded(REF, Map.of("cuda:0", 1000L), false);
        assertScraped("firstpass_model_resident_bytes{device=\"cuda:0\",model=\"coco\",version=\"3\"} 1000.0");
        assertFalse(metrics.scrape().contains("firstpass_model_evictions"), "it did not leave for others' sake");
    }

    @Test
    void failed_isCountedByItself() {
        meters.failed(REF);
        assertScraped("firstpass_model_loads_total{result=\"failed\"} 1.0");
    }

    private void assertScraped(String line) {
        assertTrue(metrics.scrape().contains(line), () -> line + " is not in " + metrics.scrape());
    }
}
