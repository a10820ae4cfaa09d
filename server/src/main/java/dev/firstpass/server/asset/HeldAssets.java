package dev.firstpass.server.asset;

import dev.firstpass.server.call.RecentlyUsed;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// The bytes of assets that somebody points at just now, so that they need not be sent with each prompt. Nothing of it is known across
/// tenants, and nothing is written to a disk.
///
/// Thread-safe. Bounded by the bytes held; those that were not asked for the longest time are given up first.
public final class HeldAssets {
    private static final long ENTRY_BYTES = 400;

    private final RecentlyUsed<Key, byte[]> assets;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    /// @param maxBytes room for all; 0 holds none
    /// @param unused how long one is held that nobody asks for
    public HeldAssets(long maxBytes, Duration unused, LongSupplier nanoClock) {
        this.assets = new RecentlyUsed<>(maxBytes, unused, nanoClock, evictions::increment);
    }

    /// None.
    public static HeldAssets none() {
        return new HeldAssets(0, Duration.ofMinutes(1), () -> 0);
    }

    /// @return whether there is room for it
    public boolean hold(String tenant, Asset asset) {
        return assets.put(new Key(tenant, asset.digest()), asset.bytes(), ENTRY_BYTES + asset.bytes().length);
    }

    Optional<byte[]> find(String tenant, String digest) {
        Optional<byte[]> found = assets.get(new Key(tenant, digest));
        (found.isPresent() ? hits : misses).increment();
        return found;
    }

    public Figures figures() {
        return new Figures(hits.sum(), misses.sum(), evictions.sum(), assets.size(), assets.bytes());
    }

    /// How it went since the server was started.
    ///
    /// Immutable; a snapshot.
    ///
    /// @param hits look-ups that found an asset
    /// @param evictions assets that made room for others, or that nobody asked for
    /// @param assets there now
    /// @param bytes that they take
    public record Figures(long hits, long misses, long evictions, int assets, long bytes) {}

    private record Key(String tenant, String digest) {}
}
