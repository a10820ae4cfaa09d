package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.asset.HeldAssets;
import dev.firstpass.server.pipeline.Caches;
import dev.firstpass.server.pipeline.EmbeddingCache;
import dev.firstpass.server.pipeline.RefusalCache;
import dev.firstpass.server.pipeline.ResultCache;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CacheMetersTest {
    @Test
    void bind_tellsOfAllCaches() {
        try (Metrics metrics = new Metrics()) {
            Caches caches = new Caches(
                    new ResultCache(1 << 20),
                    new RefusalCache(1 << 20, Duration.ofMinutes(1), () -> 0),
                    new EmbeddingCache(1 << 20));
            CacheMeters.bind(caches, metrics.registry());
            CacheMeters.bind(HeldAssets.none(), metrics.registry());
            String scraped = metrics.scrape();
            List.of(
                            "firstpass_cache_answers_total{outcome=\"hit\"} 0.0",
                            "firstpass_cache_answers_total{outcome=\"shared\"} 0.0",
                            "firstpass_cache_hits_total{cache=\"results\"} 0.0",
                            "firstpass_cache_misses_total{cache=\"refusals\"} 0.0",
                            "firstpass_cache_evictions_total{cache=\"results\"} 0.0",
                            "firstpass_cache_entries{cache=\"refusals\"} 0.0",
                            "firstpass_cache_hits_total{cache=\"embeddings\"} 0.0",
                            "firstpass_cache_entries{cache=\"assets\"} 0.0",
                            "firstpass_cache_bytes{cache=\"results\"} 0.0")
                    .forEach(line -> assertTrue(scraped.contains(line), () -> line + " in\n" + scraped));
        }
    }
}
