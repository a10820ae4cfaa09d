package dev.firstpass.server.runtime.supervision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class CrashLoopTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final AtomicInteger told = new AtomicInteger();
    private final CrashLoop crashes = new CrashLoop(clock::get, told::incrementAndGet);

    @Test
    void version_lostFiveTimesWithinFiveMinutes_isRefusedAndToldOnce() {
        lose(4, Duration.ofSeconds(75));
        crashes.check();
        lose(3, Duration.ZERO);

        FailureException thrown = assertThrows(FailureException.class, crashes::check);
        assertEquals(Reason.MODEL_NOT_READY, thrown.failure().reason());
        assertEquals(1, told.get());
    }

    @Test
    void version_lostMoreSlowly_goesOn() {
        lose(20, Duration.ofSeconds(76));

        crashes.check();
        assertEquals(0, told.get());
    }

    /// Single inputs bring it down, each is refused from then on, and all others do well.
    @Test
    void version_withManyGoodRunsBetween_goesOn() {
        for (int loss = 0; loss < 20; loss++) {
            crashes.lost();
            for (int run = 0; run < 13; run++) {
                crashes.worked();
            }
        }
        crashes.check();
        assertEquals(0, told.get());
    }

    @Test
    void version_withFewGoodRunsBetween_isRefused() {
        for (int loss = 0; loss < 5; loss++) {
            crashes.lost();
            for (int run = 0; run < 12; run++) {
                crashes.worked();
            }
        }
        assertThrows(FailureException.class, crashes::check);
    }

    private void lose(int times, Duration every) {
        for (int i = 0; i < times; i++) {
            crashes.lost();
            clock.addAndGet(every.toNanos());
        }
    }
}
