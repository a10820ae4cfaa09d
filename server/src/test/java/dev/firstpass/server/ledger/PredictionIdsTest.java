package dev.firstpass.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class PredictionIdsTest {
    private static final Comparator<UUID> AS_WRITTEN = Comparator.comparing(UUID::toString);

    private final AtomicLong millis = new AtomicLong(0x0190_0000_0000L);
    private final PredictionIds ids =
            new PredictionIds(() -> Instant.ofEpochMilli(millis.get()), RandomGenerator.of("L64X128MixRandom"));

    @Test
    void get_isAUuidOfVersionSevenWithTheTimeInFront() {
        UUID id = ids.get();

        assertEquals(7, id.version());
        assertEquals(2, id.variant());
        assertEquals(millis.get(), id.getMostSignificantBits() >>> 16);
    }

    /// More than a millisecond's counter holds, and a clock that goes back amid them.
    @Test
    void get_manyInAMillisecondAndWithAClockThatGoesBack_growsAlways() {
        List<UUID> made = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            made.add(ids.get());
            if (i == 10_000) {
                millis.addAndGet(-3_600_000);
            }
        }

        assertEquals(made.stream().sorted(AS_WRITTEN).toList(), made);
        assertEquals(made.size(), new HashSet<>(made).size());
    }

    @Test
    void get_onSeveralThreads_neverGivesOneTwice() throws InterruptedException {
        ConcurrentLinkedQueue<UUID> made = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 5_000; i++) {
                    made.add(ids.get());
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        Set<Long> stamps = new HashSet<>();
        made.forEach(id -> assertTrue(stamps.add(id.getMostSignificantBits()), "before any random bit"));
    }
}
