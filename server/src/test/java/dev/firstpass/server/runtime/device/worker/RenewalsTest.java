package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// How often a worker is ended because runs fail in it.
final class RenewalsTest {
    private final AtomicLong clock =
            new AtomicLong(Long.MAX_VALUE - Duration.ofMinutes(3).toNanos());
    private final Renewals renewals = new Renewals(clock::get);

    @Test
    void begin_theFirstTime_isAllowed() {
        assertTrue(renewals.mayBeDone());
        assertTrue(renewals.begin());
        assertFalse(renewals.mayBeDone());
        assertFalse(renewals.begin());
    }

    @Test
    void begin_timeAfterTime_hasToWaitTwiceAsLongUpToAnHour() {
        assertTrue(renewals.begin());
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            long minutes = 0;
            while (!renewals.begin()) {
                clock.addAndGet(Duration.ofMinutes(1).toNanos());
                minutes++;
            }
            pauses.add(minutes);
        }
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L), pauses);
    }

    @Test
    void begin_afterAnHourInWhichItWasNotNeeded_isLikeTheFirst() {
        assertTrue(renewals.begin());
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        assertTrue(renewals.begin());
        clock.addAndGet(Duration.ofMinutes(2 + 60).toNanos());
        assertTrue(renewals.begin());
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        assertTrue(renewals.begin());
    }
}
