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
        restarts.lost();
        assertEquals(Duration.ZERO, restarts.remaining());
    }

    @Test
    void start_afterMoreLosses_waitsTwiceAsLongEachTimeUpToALimit() {
        restarts.lost();
        restarts.lost();
        assertEquals(Duration.ofMillis(100), restarts.remaining());
        restarts.lost();
        assertEquals(Duration.ofMillis(200), restarts.remaining());
        for (int i = 0; i < 100; i++) {
            restarts.lost();
        }
        assertEquals(Duration.ofSeconds(10), restarts.remaining());
        clock.addAndGet(Duration.ofSeconds(11).toNanos());
        assertEquals(Duration.ZERO, restarts.remaining());
    }

    @Test
    void start_afterALossThatFollowsWork_isAllowedAtOnce() {
        restarts.lost();
        restarts.lost();
        restarts.worked();
        restarts.lost();
        assertEquals(Duration.ZERO, restarts.remaining());
    }
}
