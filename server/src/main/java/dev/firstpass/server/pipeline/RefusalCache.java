package dev.firstpass.server.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.image.ImageException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Assets that are broken, and what is wrong with them: asked for again, they are refused at once. Only what is the asset's
/// own doing is remembered, never a matter of load, time, the model or a worker; and not for long, so that a server that
/// learns to read an asset does not go on refusing it.
///
/// Thread-safe.
public final class RefusalCache {
    private static final long ENTRY_BYTES = 400;

    private final Cache<Key, Failure> cache;
    private final CacheCounts counts = new CacheCounts();

    /// @param maxBytes about so much is kept; 0 keeps nothing
    /// @param expiry how long one is kept; more than zero
    public RefusalCache(long maxBytes, Duration expiry, LongSupplier nanoClock) {
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Key key, Failure failure) -> Math.clamp(bytes(key, failure), 0, Integer.MAX_VALUE))
                .expireAfterWrite(expiry)
                .ticker(nanoClock::getAsLong)
                .evictionListener((_, _, _) -> counts.eviction())
                .executor(Runnable::run)
                .build();
    }

    /// @throws dev.firstpass.server.failure.FailureException what was said of the asset the last time, if it is known to be
    ///     broken
    void check(Key key) {
        Optional<Failure> known = Optional.ofNullable(cache.getIfPresent(key));
        counts.lookUp(known.isPresent());
        known.ifPresent(failure -> {
            throw failure.asException();
        });
    }

    /// Remembers a failure if it is the asset's own doing.
    void learn(Key key, RuntimeException thrown) {
        if (Failures.unwrapped(thrown) instanceof ImageException) {
            cache.put(key, Failures.of(thrown));
        }
    }

    public CacheFigures figures() {
        cache.cleanUp();
        return counts.figures(cache);
    }

    private static long bytes(Key key, Failure failure) {
        return ENTRY_BYTES
                + FindingsKey.bytes(key.tenant)
                + FindingsKey.bytes(key.assetDigest)
                + FindingsKey.bytes(failure.detail());
    }

    /// An asset and who sent it. The version is in it because an image may lack the bands that a model takes.
    record Key(String tenant, String assetDigest, String versionDigest) {
        static Key of(FindingsKey key) {
            return new Key(key.tenant(), key.assetDigest(), key.versionDigest());
        }
    }
}
