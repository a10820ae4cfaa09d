package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.call.RecentlyUsed;
import java.time.Duration;
import java.util.Optional;

/// What encoders made of assets, by everything that depends on: a labeler who points at one thing after the other in an asset waits
/// for the decoder alone.
///
/// Thread-safe. Bounded by the bytes held, which are on the heap. Those of the asset that was not pointed at for the longest time are given
/// up first: who goes from one asset to the next has the newest one kept, however often the others were asked for.
public final class EmbeddingCache {
    private static final long ENTRY_BYTES = 800;

    /// They need no other end than that room is wanted.
    private static final Duration EVER = Duration.ofDays(36_500);

    private final RecentlyUsed<Key, Seen> cache;
    private final boolean isOn;
    private final CacheCounts counts = new CacheCounts();

    /// @param maxBytes about so much is kept; 0 keeps nothing
    public EmbeddingCache(long maxBytes) {
        this.isOn = maxBytes > 0;
        this.cache = new RecentlyUsed<>(maxBytes, EVER, () -> 0, counts::eviction);
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
        return cache.get(key);
    }

    /// Remembers it as long as there is room, and hands it on.
    ///
    /// @param seen on the heap
    Seen keep(Key key, Seen seen) {
        cache.put(key, seen, bytes(key, seen));
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
