package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Quota;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What a tenant may have, with clocks that are set.
final class TenantUseTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long DAY = TimeUnit.DAYS.toMillis(1);

    private final List<String> refused = new ArrayList<>();

    private TenantUse use(OptionalInt rate, OptionalInt concurrent, OptionalLong bytes) {
        return new TenantUse(new Quota(rate, concurrent, bytes), refused::add);
    }

    private static Failure refusal(TenantUse use, long now, long millis, long bytes) {
        assertFalse(use.hasRoom(now, millis, bytes));
        Failure failure = assertThrows(FailureException.class, () -> use.enter(now, millis, bytes))
                .failure();
        assertEquals(Reason.QUOTA_EXCEEDED, failure.reason());
        return failure;
    }

    /// A burst of a second's requests, then as many as come in time; whenever the clock began.
    @Test
    void rate_letsASecondsRequestsInAtOnce_andThenOneForEachInterval() {
        for (long began : List.of(0L, 5 * SECOND, -7 * SECOND, Long.MAX_VALUE - SECOND / 2)) {
            TenantUse use = use(OptionalInt.of(10), OptionalInt.empty(), OptionalLong.empty());
            for (int i = 0; i < 10; i++) {
                assertTrue(use.hasRoom(began, 0, 0));
                use.enter(began, 0, 0);
            }
            Failure failure = refusal(use, began, 0, 0);
            assertEquals(Duration.ofMillis(100), failure.retryAfter().orElseThrow());
            refusal(use, began + SECOND / 10 - 1, 0, 0);
            use.enter(began + SECOND / 10, 0, 0);
            refusal(use, began + SECOND / 10, 0, 0);
            for (int i = 0; i < 10; i++) {
                use.enter(began + 3 * SECOND, 0, 0);
            }
            refusal(use, began + 3 * SECOND, 0, 0);
        }
        assertEquals(List.of("requests-per-second"), refused.stream().distinct().toList());
    }

    @Test
    void concurrent_isOfThoseUnderWay_andARefusedOneTakesNoPlace() {
        TenantUse use = use(OptionalInt.empty(), OptionalInt.of(2), OptionalLong.empty());
        use.enter(0, 0, 0);
        use.enter(0, 0, 0);
        refusal(use, 0, 0, 0);
        refusal(use, 0, 0, 0);
        use.leave();
        assertDoesNotThrow(() -> use.enter(0, 0, 0));
        assertEquals(List.of("concurrent", "concurrent"), refused);
    }

    @Test
    void bytes_areThoseOfADay_andWhatDidNotComeIsGivenBack() {
        TenantUse use = use(OptionalInt.empty(), OptionalInt.empty(), OptionalLong.of(1000));
        use.enter(0, DAY / 2, 600);
        Failure failure = refusal(use, 0, DAY / 2, 500);
        assertEquals(Duration.ofHours(12), failure.retryAfter().orElseThrow());
        use.book(DAY / 2, -300);
        use.enter(0, DAY / 2, 500);
        // Nobody said beforehand that these would come.
        use.book(DAY / 2, 300);
        refusal(use, 0, DAY - 1, 0);
        use.enter(0, DAY, 1000);
        refusal(use, 0, DAY, 1);
    }

    @Test
    void bytes_thatDidNotCome_areGivenBackToTheDayTheyWereAnnouncedOn() {
        TenantUse use = use(OptionalInt.empty(), OptionalInt.empty(), OptionalLong.of(1000));
        use.enter(0, DAY - 1, 900);
        use.enter(0, DAY, 600);
        use.book(DAY - 1, -900);
        refusal(use, 0, DAY, 401);
        use.book(DAY, -100);
        use.enter(0, DAY, 500);
        refusal(use, 0, DAY, 0);
    }

    /// Neither quota is used by a request that the other one refuses.
    @Test
    void refusedByOneQuota_isNotCountedByTheOther() {
        TenantUse use = use(OptionalInt.of(1), OptionalInt.empty(), OptionalLong.of(1000));
        use.enter(0, 0, 10);
        refusal(use, 0, 0, 990);
        use.enter(SECOND, 0, 990);
        refusal(use, 2 * SECOND, 0, 1);
        assertEquals(List.of("requests-per-second", "bytes-per-day"), refused);
        use.enter(2 * SECOND, DAY, 1000);
    }
}
