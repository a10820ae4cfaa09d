package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class PulseTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final MemorySegment memory = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
    private final Pulse pulse = new Pulse(memory, clock::get);

    @Test
    void worker_thatBeats_isNeverStill() {
        for (int i = 0; i < 200; i++) {
            Pulse.beat(memory);
            assertFalse(isStillAfter(Duration.ofMillis(900)));
        }
    }

    @Test
    void worker_thatStopsBeating_isStillAfterTenSeconds() {
        Pulse.beat(memory);
        assertFalse(isStillAfter(Duration.ofSeconds(1)));
        for (int i = 0; i < 9; i++) {
            assertFalse(isStillAfter(Duration.ofSeconds(1)));
        }
        assertTrue(isStillAfter(Duration.ofSeconds(1)));
    }

    @Test
    void worker_thatHasNotBegunToBeat_isGivenAMinute() {
        for (int i = 0; i < 59; i++) {
            assertFalse(isStillAfter(Duration.ofSeconds(1)));
        }
        assertTrue(isStillAfter(Duration.ofSeconds(1)));
    }

    /// A server that was stopped itself together with its workers does not end them.
    @Test
    void worker_afterALongTimeWithoutALook_isNotStill() {
        Pulse.beat(memory);
        assertFalse(isStillAfter(Duration.ofSeconds(1)));
        assertFalse(isStillAfter(Duration.ofHours(1)));
    }

    private boolean isStillAfter(Duration time) {
        clock.addAndGet(time.toNanos());
        return pulse.isStill();
    }
}
