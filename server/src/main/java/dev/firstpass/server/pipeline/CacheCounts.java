package dev.firstpass.server.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Policy;
import dev.firstpass.server.call.RecentlyUsed;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;

/// What became of the look-ups in a cache of bounded weight, and what it had to give up.
///
/// Thread-safe.
final class CacheCounts {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    void lookUp(boolean isHit) {
        (isHit ? hits : misses).increment();
    }

    void eviction() {
        evictions.increment();
    }

    /// The figures of the cache that these are about.
    CacheFigures figures(RecentlyUsed<?, ?> cache) {
        return new CacheFigures(hits.sum(), misses.sum(), evictions.sum(), cache.size(), cache.bytes());
    }

    /// The figures of the cache that these are about.
    CacheFigures figures(Cache<?, ?> cache) {
        return new CacheFigures(
                hits.sum(),
                misses.sum(),
                evictions.sum(),
                cache.estimatedSize(),
                cache.policy()
                        .eviction()
                        .map(Policy.Eviction::weightedSize)
                        .orElseGet(OptionalLong::empty)
                        .orElse(0));
    }
}
