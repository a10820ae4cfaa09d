package dev.firstpass.server.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.PolygonPart;
import java.util.Optional;

/// Findings by everything they depend on, and the bytes that were written of those that are asked for again and again. A
/// labeler who comes back to an asset, or a tool that asks twice, is answered without the model.
///
/// Thread-safe. Bounded by an estimate of the bytes held, keys included: they hold what callers sent.
public final class ResultCache {
    private static final int OBJECT_BYTES = 160;
    private static final int POINT_BYTES = 32;

    /// Findings and renderings share the room, so that there is one bound to set.
    private final Cache<Object, Object> cache;

    private final boolean isOn;
    private final CacheCounts counts = new CacheCounts();

    /// @param maxBytes about so much is kept; 0 keeps nothing
    public ResultCache(long maxBytes) {
        this.isOn = maxBytes > 0;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Object key, Object value) ->
                        Math.clamp(keyBytes(key) + valueBytes(value), 0, Integer.MAX_VALUE))
                .evictionListener((_, _, _) -> counts.eviction())
                .executor(Runnable::run)
                .build();
    }

    /// Whether anything is kept at all.
    boolean isOn() {
        return isOn;
    }

    /// Looks findings up, and counts whether they were there.
    Optional<Findings> get(FindingsKey key) {
        Optional<Findings> found = peek(key);
        counts.lookUp(found.isPresent());
        return found;
    }

    /// Counts a look-up that found what it looked for.
    void hit() {
        counts.lookUp(true);
    }

    /// Looks findings up for somebody who has been counted, or will be.
    Optional<Findings> peek(FindingsKey key) {
        return Optional.ofNullable((Findings) cache.getIfPresent(key));
    }

    Optional<RenderedForm> get(RenderingKey key) {
        return Optional.ofNullable((RenderedForm) cache.getIfPresent(key));
    }

    /// Remembers findings as long as there is room, and hands them on.
    Findings keep(FindingsKey key, Findings findings) {
        cache.put(key, findings);
        return findings;
    }

    /// Remembers what was written.
    void keep(RenderingKey key, RenderedForm form) {
        cache.put(key, form);
    }

    public CacheFigures figures() {
        return counts.figures(cache);
    }

    private static long keyBytes(Object key) {
        return switch (key) {
            case FindingsKey findings -> findings.bytes();
            case RenderingKey rendering -> rendering.bytes();
            default -> throw new IllegalStateException("key: " + key.getClass());
        };
    }

    private static long valueBytes(Object value) {
        return switch (value) {
            case Findings findings -> bytes(findings);
            case RenderedForm form -> form.bytes();
            default -> throw new IllegalStateException("value: " + value.getClass());
        };
    }

    private static long bytes(Findings findings) {
        return OBJECT_BYTES
                + findings.annotations().stream().mapToLong(ResultCache::bytes).sum();
    }

    private static long bytes(Annotation annotation) {
        long geometry = switch (annotation) {
            case Annotation.Box _, Annotation.RotatedBox _, Annotation.Classification _ -> OBJECT_BYTES;
            case Annotation.Polygon polygon -> (long) points(polygon) * POINT_BYTES;
            case Annotation.Mask mask -> (long) mask.runs().counts().length * Integer.BYTES;
            case Annotation.Polyline line -> (long) line.points().size() * POINT_BYTES;
            case Annotation.Keypoints keypoints -> (long) keypoints.points().size() * OBJECT_BYTES;
        };
        return OBJECT_BYTES + geometry;
    }

    private static int points(Annotation.Polygon polygon) {
        int points = 0;
        for (PolygonPart part : polygon.parts()) {
            points += part.outer().points().size();
            points +=
                    part.holes().stream().mapToInt(hole -> hole.points().size()).sum();
        }
        return points;
    }
}
