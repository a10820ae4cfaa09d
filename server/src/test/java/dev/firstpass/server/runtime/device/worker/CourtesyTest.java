package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class CourtesyTest {
    private final AtomicLong clock = new AtomicLong();
    private final Traffic traffic = new Traffic(clock::get);
    private final Courtesy courtesy = new Courtesy(traffic);

    @Test
    void isDue_withoutRequests_isNot() {
        assertFalse(courtesy.isDue());
    }

    @Test
    void isDue_besideARequest_is() {
        traffic.began();

        assertTrue(courtesy.isDue());
    }

    @Test
    void isDue_afterARequest_isForAWhile() {
        traffic.began();
        traffic.ended();

        assertTrue(courtesy.isDue());
        pass(Duration.ofSeconds(10));
        assertFalse(courtesy.isDue());
    }

    @Test
    void isDue_afterOneOfTwoRequests_is() {
        traffic.began();
        traffic.began();
        traffic.ended();
        pass(Duration.ofSeconds(20));

        assertTrue(courtesy.isDue());
    }

    @Test
    void isDue_forTooLong_isNoMore() {
        traffic.began();
        assertTrue(courtesy.isDue());

        pass(Duration.ofSeconds(9));
        assertTrue(courtesy.isDue());
        assertFalse(courtesy.isExhausted());

        pass(Duration.ofSeconds(1));
        assertFalse(courtesy.isDue());
        assertTrue(courtesy.isExhausted());
    }

    @Test
    void isExhausted_whereItNeverYielded_isNot() {
        pass(Duration.ofHours(1));
        traffic.began();

        assertFalse(courtesy.isExhausted());
        assertTrue(courtesy.isDue());
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }
}
