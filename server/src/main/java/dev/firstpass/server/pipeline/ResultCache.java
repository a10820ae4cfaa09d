package dev.firstpass.server.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import java.util.Optional;

/// Findings by everything they depend on. A labeler who comes back to an asset, or a tool that asks twice, is
/// answered without the model.
///
/// Thread-safe. Bounded by an estimate of the bytes held, keys included: they hold what callers sent.
public final class ResultCache {
    private static final int OBJECT_BYTES = 160;
    private static final int POINT_BYTES = 32;

    private final Cache<Key, Findings> cache;

    /// @param maxBytes about so much is kept; 0 keeps nothing
    public ResultCache(long maxBytes) {
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Key key, Findings findings) -> Math.clamp(bytes(key) + bytes(findings), 0, Integer.MAX_VALUE))
                .executor(Runnable::run)
                .build();
    }

    Optional<Findings> get(Key key) {
        return Optional.ofNullable(cache.getIfPresent(key));
    }

    /// Remembers findings as long as there is room, and hands them on.
    Findings keep(Key key, Findings findings) {
        cache.put(key, findings);
        return findings;
    }

    /// Everything that findings depend on.
    record Key(String tenant, String assetDigest, String versionDigest, Prompt prompt, LabelingSpec labeling) {}

    private static long bytes(Key key) {
        long prompt = switch (key.prompt) {
            case Prompt.None _ -> 0;
            case Prompt.Box _ -> OBJECT_BYTES;
            case Prompt.Points points -> (long) points.clicks().size() * OBJECT_BYTES;
        };
        long labels =
                key.labeling.classes().stream().mapToLong(ResultCache::bytes).sum();
        long mapping = key.labeling.mapping().entrySet().stream()
                .mapToLong(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
                .sum();
        return OBJECT_BYTES + prompt + labels + mapping;
    }

    private static long bytes(String text) {
        return OBJECT_BYTES + (long) text.length() * Character.BYTES;
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
