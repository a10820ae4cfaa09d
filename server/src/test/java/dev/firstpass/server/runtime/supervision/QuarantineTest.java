package dev.firstpass.server.runtime.supervision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.fake.CountedLosses;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class QuarantineTest {
    private static final Quarantine.Key ONE = new Quarantine.Key.OfVersion("sha256:aa", "sha256:01");

    private final AtomicLong clock = new AtomicLong(-5);
    private final CountedLosses heard = new CountedLosses();
    private final Quarantine quarantine = new Quarantine(clock::get, heard);

    @Test
    void check_ofWhatIsHeld_isRefusedWithoutNames() {
        quarantine.check(ONE);
        quarantine.hold(ONE);

        FailureException thrown = assertThrows(FailureException.class, () -> quarantine.check(ONE));
        assertEquals(Reason.INPUT_QUARANTINED, thrown.failure().reason());
        assertFalse(thrown.failure().detail().contains("sha256"), thrown.failure()::detail);
    }

    @Test
    void hold_ofOneInput_letsOthersThrough() {
        quarantine.hold(ONE);

        quarantine.check(new Quarantine.Key.OfVersion("sha256:aa", "sha256:02"));
        quarantine.check(new Quarantine.Key.OfVersion("sha256:bb", "sha256:01"));
        quarantine.check(new Quarantine.Key.OfDecoder("sha256:aa"));
    }

    @Test
    void hold_afterAnHour_isForgotten() {
        quarantine.hold(ONE);
        clock.addAndGet(Duration.ofMinutes(59).toNanos());
        assertTrue(quarantine.holds(ONE));
        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        assertFalse(quarantine.holds(ONE));
    }

    @Test
    void hold_again_beginsTheHourAnewAndCountsOnce() {
        quarantine.hold(ONE);
        clock.addAndGet(Duration.ofMinutes(59).toNanos());
        quarantine.hold(ONE);
        clock.addAndGet(Duration.ofMinutes(59).toNanos());

        assertTrue(quarantine.holds(ONE));
        assertEquals(1, heard.inputs());
    }

    @Test
    void suspect_theSecondTime_isHeld() {
        assertFalse(quarantine.suspect(ONE));
        assertFalse(quarantine.holds(ONE));
        assertTrue(quarantine.suspect(ONE));
        assertTrue(quarantine.holds(ONE));
    }

    @Test
    void suspect_againAfterAnHour_isTheFirstTime() {
        assertFalse(quarantine.suspect(ONE));
        clock.addAndGet(Duration.ofHours(1).toNanos());
        assertFalse(quarantine.suspect(ONE));
    }

    @Test
    void hold_ofMoreThanAreKept_letsTheOldestGo() {
        for (int i = 0; i <= 10_000; i++) {
            quarantine.hold(new Quarantine.Key.OfDecoder(Integer.toString(i)));
        }
        assertFalse(quarantine.holds(new Quarantine.Key.OfDecoder("0")));
        assertTrue(quarantine.holds(new Quarantine.Key.OfDecoder("1")));
        assertTrue(quarantine.holds(new Quarantine.Key.OfDecoder("10000")));
    }
}
