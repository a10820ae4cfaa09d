package dev.firstpass.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DeadlineTest {
    private final AtomicLong clock = new AtomicLong(1000);

    @Test
    void since_countsFromTheArrival_notFromNow() {
        Deadline deadline = Deadline.since(400, limit(500, true), clock::get);
        assertTrue(deadline.isPassed());
        assertEquals(-100, deadline.remainingNanos());
        assertEquals(limit(500, true), deadline.limit());
        assertFalse(Deadline.of(limit(500, true), clock::get).isPassed());
    }

    @Test
    void sooner_ofTwoLimits_isTheShorterFromTheSameArrival() {
        Deadline call = Deadline.since(400, limit(5000, true), clock::get);
        assertSame(call, call.sooner(limit(5000, false)), "equal");
        assertSame(call, call.sooner(limit(6000, false)));
        assertEquals(
                Deadline.since(400, limit(700, false), clock::get).limit(),
                call.sooner(limit(700, false)).limit());
        assertEquals(400, call.sooner(limit(700, false)).sinceNanos());
        assertEquals(limit(3, false), limit(3, false).sooner(limit(3, true)));
        assertEquals(limit(2, true), limit(3, false).sooner(limit(2, true)));
    }

    @Test
    void ofPart_beginsNowAndEndsWithTheWhole() {
        Deadline part = Deadline.since(400, limit(5000, true), clock::get).ofPart();
        assertEquals(1000, part.sinceNanos());
        assertEquals(5400, part.atNanos());
        assertTrue(part.isAsked());
    }

    private static TimeLimit limit(long nanos, boolean isAsked) {
        return new TimeLimit(Duration.ofNanos(nanos), isAsked);
    }
}
