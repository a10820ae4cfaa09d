package dev.firstpass.server.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.Optional;

/// What encoders made of assets, by everything that depends on: a labeler who points at one thing after the other in an asset waits
/// for the decoder alone.
///
/// Thread-safe. Bounded by the bytes held, which are on the heap.
public final class EmbeddingCache {
    private static final long ENTRY_BYTES = 800;

    private final Cache<Key, Seen> cache;
    private final boolean isOn;
    private final CacheCounts counts = new CacheCounts();

    /// @param maxBytes about so much is kept; 0 keeps nothing
    public EmbeddingCache(long maxBytes) {
        this.isOn = maxBytes > 0;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Key key, Seen seen) -> Math.clamp(bytes(key, seen), 0, Integer.MAX_VALUE))
                .evictionListener((_, _, _) -> counts.eviction())
                .executor(Runnable::run)
                .build();
    }

    /// Whether anything is kept at all.
    boolean isOn() {
        return isOn;
    }

    /// Looks it up, and counts whether it was there.
    Optional<Seen> get(Key key) {
        Optional<Seen> found = peek(key);
        counts.lookUp(found.isPresent());
        return found;
    }

    /// Looks it up for somebody who has been counted.
    Optional<Seen> peek(Key key) {
        return Optional.ofNullable(cache.getIfPresent(key));
    }

    /// Remembers it as long as there is room, and hands it on.
    ///
    /// @param seen on the heap
    Seen keep(Key key, Seen seen) {
        cache.put(key, seen);
        return seen;
    }

    public CacheFigures figures() {
        return counts.figures(cache);
    }

    private static long bytes(Key key, Seen seen) {
        long tensors = seen.rows().stream()
                .flatMap(row -> row.outputs().tensors().stream())
                .mapToLong(EmbeddingCache::bytes)
                .sum();
        return ENTRY_BYTES + FindingsKey.bytes(key.tenant) + FindingsKey.bytes(key.assetDigest) + tensors;
    }

    private static long bytes(Tensor tensor) {
        return tensor.data().byteSize();
    }

    /// An asset, who sent it, and the stage of a version that looked at it.
    record Key(String tenant, String assetDigest, String versionDigest, String stage) {}
}
