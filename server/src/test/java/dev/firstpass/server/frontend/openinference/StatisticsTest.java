package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.pipeline.TensorStatistics;
import dev.firstpass.server.runtime.lifecycle.StageCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StatisticsTest {
    private static final Instant NOW = Instant.ofEpochMilli(1_800_000_000_000L);

    @Test
    void json_hasAllThatClientsReadWithoutLooking() {
        StageCounts.Totals totals = new StageCounts.Totals(
                3,
                300,
                1,
                50,
                30,
                200,
                Optional.of(Duration.ofSeconds(2)),
                new TreeMap<>(Map.of(1, new StageCounts.Batches(1, 1, 40), 4, new StageCounts.Batches(8, 2, 100))));
        JsonNode model = Statistics.json(List.of(new TensorStatistics("coco", 7, totals)), NOW)
                .at("/model_stats/0");
        assertEquals(
                "{\"name\":\"coco\",\"version\":\"7\",\"last_inference\":1799999998000,\"inference_count\":9,"
                        + "\"execution_count\":3,\"inference_stats\":{\"success\":{\"count\":3,\"ns\":300},"
                        + "\"fail\":{\"count\":1,\"ns\":50},\"queue\":{\"count\":3,\"ns\":30},"
                        + "\"compute_input\":{\"count\":3,\"ns\":0},\"compute_infer\":{\"count\":3,\"ns\":200},"
                        + "\"compute_output\":{\"count\":3,\"ns\":0},\"cache_hit\":{\"count\":0,\"ns\":0},"
                        + "\"cache_miss\":{\"count\":0,\"ns\":0}},\"batch_stats\":[{\"batch_size\":1,"
                        + "\"compute_input\":{\"count\":1,\"ns\":0},\"compute_infer\":{\"count\":1,\"ns\":40},"
                        + "\"compute_output\":{\"count\":1,\"ns\":0}},{\"batch_size\":4,"
                        + "\"compute_input\":{\"count\":2,\"ns\":0},\"compute_infer\":{\"count\":2,\"ns\":100},"
                        + "\"compute_output\":{\"count\":2,\"ns\":0}}]}",
                model.toString());
    }

    @Test
    void json_ofWhatWasNeverAsked_hasZeros() {
        JsonNode model = Statistics.json(List.of(new TensorStatistics("coco", 1, StageCounts.Totals.NONE)), NOW)
                .at("/model_stats/0");
        assertEquals(0, model.get("last_inference").longValue());
        assertEquals(8, model.get("inference_stats").size());
        assertEquals("[]", model.get("batch_stats").toString());
    }
}
