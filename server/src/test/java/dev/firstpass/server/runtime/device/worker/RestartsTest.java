package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RestartsTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final Restarts restarts = new Restarts(clock::get);

    @Test
    void start_theFirstTimeAndAfterOneLoss_isAllowedAtOnce() {
        assertEquals(Duration.ZERO, restarts.remaining());
        restarts.lost(true);
        assertEquals(Duration.ZERO, restarts.remaining());
    }

    @Test
    void start_afterMoreLosses_waitsTwiceAsLongEachTimeUpToALimit() {
        restarts.lost(true);
        restarts.lost(true);
        assertEquals(Duration.ofMillis(100), restarts.remaining());
        restarts.lost(true);
        assertEquals(Duration.ofMillis(200), restarts.remaining());
        for (int i = 0; i < 100; i++) {
            restarts.lost(true);
        }
        assertEquals(Duration.ofSeconds(1), restarts.remaining());
        clock.addAndGet(Duration.ofSeconds(3).toNanos());
        assertEquals(Duration.ZERO, restarts.remaining());
    }

    @Test
    void start_afterALossThatFollowsALongLife_isAllowedAtOnce() {
        restarts.lost(true);
        restarts.lost(true);
        restarts.started();
        clock.addAndGet(Duration.ofSeconds(60).toNanos());
        restarts.lost(true);
        assertEquals(Duration.ZERO, restarts.remaining());
    }

    @Test
    void start_afterALossThatFollowsAShortLife_waits() {
        restarts.lost(true);
        restarts.lost(true);
        restarts.started();
        clock.addAndGet(Duration.ofSeconds(59).toNanos());
        restarts.lost(true);
        assertEquals(Duration.ofMillis(200), restarts.remaining());
    }

    @Test
    void start_afterOnesThatDidNotStart_waitsLonger() {
        for (int i = 0; i < 100; i++) {
            restarts.lost(false);
        }
        assertEquals(Duration.ofSeconds(10), restarts.remaining());
    }
}
