package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.RunLostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RefusalCacheTest {
    private static final Duration EXPIRY = Duration.ofMinutes(10);

    private final AtomicLong now = new AtomicLong();
    private final RefusalCache cache = new RefusalCache(1 << 16, EXPIRY, now::get);

    private static RefusalCache.Key key(String tenant, int asset) {
        return new RefusalCache.Key(tenant, "sha256:" + asset, "sha256:v");
    }

    @Test
    void brokenAsset_isRefusedForTheSameReasonUntilItExpires() {
        ImageException broken = new ImageException.Truncated("jpeg: ends after 7 bytes");
        assertDoesNotThrow(() -> cache.check(key("local", 1)));
        cache.learn(key("local", 1), broken);

        FailureException refusal = assertThrows(FailureException.class, () -> cache.check(key("local", 1)));
        assertEquals(Failures.of(broken), refusal.failure());
        assertDoesNotThrow(() -> cache.check(key("other", 1)), "another tenant");
        assertDoesNotThrow(() -> cache.check(key("local", 2)), "another asset");
        assertDoesNotThrow(() -> cache.check(new RefusalCache.Key("local", "sha256:1", "sha256:w")), "another version");

        now.addAndGet(EXPIRY.toNanos());
        assertDoesNotThrow(() -> cache.check(key("local", 1)));
        CacheFigures figures = cache.figures();
        assertEquals(
                List.of(1L, 5L, 1L, 0L),
                List.of(figures.hits(), figures.misses(), figures.evictions(), figures.entries()));
    }

    @Test
    void failuresThatAreNotTheAssets_areNotRemembered() {
        List.of(
                        Failure.of(Reason.DEADLINE_EXCEEDED, "late").asException(),
                        Failure.overloaded("full").asException(),
                        Failure.of(Reason.INPUT_QUARANTINED, "it is held elsewhere")
                                .asException(),
                        Failure.of(Reason.GEOMETRY_UNSUPPORTED, "no polygons").asException(),
                        new EngineException("the model fails"),
                        new RunLostException("the worker ended", false, new IllegalStateException()),
                        new IllegalStateException("no memory for an image"))
                .forEach(thrown -> cache.learn(key("local", 1), thrown));
        assertDoesNotThrow(() -> cache.check(key("local", 1)));
    }

    @Test
    void moreThanThereIsRoomFor_areLetGo() {
        for (int asset = 0; asset < 1000; asset++) {
            cache.learn(key("local", asset), new ImageException.Undecodable("no image"));
        }
        CacheFigures figures = cache.figures();
        assertTrue(figures.bytes() <= 1 << 16, figures.toString());
        assertTrue(figures.entries() > 0 && figures.evictions() == 1000 - figures.entries(), figures.toString());
    }
}
