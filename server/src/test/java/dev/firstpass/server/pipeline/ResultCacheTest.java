package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ResultCacheTest {
    private static final int KIB = 1 << 10;
    private static final Findings NOTHING = new Findings(new ImageSize(1, 1), List.of(), List.of());

    @Test
    void keep_whatHasRoom_isGivenAgain() {
        ResultCache cache = new ResultCache(64 * KIB);
        Findings kept = cache.keep(key(1, "a"), NOTHING);
        assertEquals(Optional.of(kept), cache.get(key(1, "a")));
        assertEquals(Optional.empty(), cache.get(key(1, "b")));
    }

    /// What a caller sent is kept as well: it is part of the key.
    @Test
    void keep_requestsWithLongLists_countsThem() {
        ResultCache cache = new ResultCache(64 * KIB);
        String longName = "x".repeat(8 * KIB);
        for (int asset = 0; asset < 100; asset++) {
            cache.keep(key(asset, longName + asset), NOTHING);
        }
        int kept = 0;
        for (int asset = 0; asset < 100; asset++) {
            kept += cache.get(key(asset, longName + asset)).isPresent() ? 1 : 0;
        }
        assertTrue(kept <= 8, "8 keys fill the room, but were kept: " + kept);
    }

    @Test
    void keep_withoutRoom_keepsNothing() {
        ResultCache cache = new ResultCache(0);
        cache.keep(key(1, "a"), NOTHING);
        assertEquals(Optional.empty(), cache.get(key(1, "a")));
    }

    @Test
    void figures_tellHitsMissesEvictionsAndBytes() {
        ResultCache cache = new ResultCache(4 * KIB);
        assertEquals(Optional.empty(), cache.get(key(1, "a")));
        cache.keep(key(1, "a"), NOTHING);
        assertTrue(cache.get(key(1, "a")).isPresent());
        assertTrue(cache.peek(key(1, "a")).isPresent());
        CacheFigures one = cache.figures();
        assertEquals(List.of(1L, 1L, 0L, 1L), List.of(one.hits(), one.misses(), one.evictions(), one.entries()));
        assertTrue(one.bytes() > 0 && one.bytes() <= 4 * KIB, one.toString());
        for (int asset = 2; asset < 100; asset++) {
            cache.keep(key(asset, "a"), NOTHING);
        }
        assertEquals(99, cache.figures().entries() + cache.figures().evictions());
        assertTrue(cache.figures().bytes() <= 4 * KIB);
    }

    private static FindingsKey key(int asset, String label) {
        LabelingSpec labeling = new LabelingSpec(
                "", Map.of(), Optional.empty(), Set.of(label), 100, Optional.empty(), Optional.empty());
        return new FindingsKey("local", "sha256:" + asset, "sha256:v", new Prompt.None(), labeling);
    }
}
