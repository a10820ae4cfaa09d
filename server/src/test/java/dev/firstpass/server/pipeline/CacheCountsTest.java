package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.junit.jupiter.api.Test;

final class CacheCountsTest {
    @Test
    void figures_areTheCountsAndWhatTheCacheHolds() {
        CacheCounts counts = new CacheCounts();
        Cache<String, Integer> cache = Caffeine.newBuilder()
                .maximumWeight(100)
                .weigher((String _, Integer weight) -> weight)
                .executor(Runnable::run)
                .build();
        assertEquals(new CacheFigures(0, 0, 0, 0, 0), counts.figures(cache));
        cache.put("a", 30);
        cache.put("b", 12);
        counts.lookUp(true);
        counts.lookUp(true);
        counts.lookUp(false);
        counts.eviction();
        assertEquals(new CacheFigures(2, 1, 1, 2, 42), counts.figures(cache));
    }
}
