package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Isolated;

/// The whole table of bad input a hundred times (or `firstpass.long.repeats`), one vector after the other: a good client beside it never fails and is not much slower
/// than alone, and nothing of it stays in memory. Client, server and the sender of the table share the process.
@EnabledIfSystemProperty(
        named = "firstpass.long",
        matches = "true",
        disabledReason = "some minutes: only with -Dfirstpass.long=true")
@Isolated("looks at the memory of this process, and at times")
final class LongBadInputTest {
    private static final int REPEATS = Integer.getInteger("firstpass.long.repeats", 100);
    private static final int WARM_UP = 20;
    private static final int PAUSE_MILLIS = 1;
    private static final int ALONE_SECONDS = 20;
    private static final int COLLECTIONS = 5;
    private static final double QUANTILE = 0.99;
    private static final double MOST_TIMES = 2;
    private static final long MOST_BYTES = 1 << 20;

    @Test
    void table_aHundredTimes_leavesNothing_andNobodyElseNotices() throws Exception {
        List<BadVector> sent =
                BadVector.all().stream().filter(vector -> !vector.isHeld()).toList();
        try (BadInputServers servers = new BadInputServers();
                Canary canary = new Canary(servers.port(), 5)) {
            repeat(servers, sent, WARM_UP);
            long heap = heap(servers);
            long direct = Memory.direct();
            int first = canary.asked();
            TimeUnit.SECONDS.sleep(ALONE_SECONDS);
            long alone = canary.micros(first, QUANTILE);

            int from = canary.asked();
            repeat(servers, sent, REPEATS);
            long beside = canary.micros(from, QUANTILE);
            long heapGrowth = heap(servers) - heap;
            long directGrowth = Memory.direct() - direct;

            System.out.printf(
                    "%d vectors, %d times: good client %d requests, p99 %d us, alone %d us; heap %+d KiB, direct %+d KiB%n",
                    sent.size(), REPEATS, canary.asked() - from, beside, alone, heapGrowth >> 10, directGrowth >> 10);
            assertEquals("", canary.failure());
            assertTrue(heapGrowth <= MOST_BYTES, () -> "heap: " + heapGrowth);
            assertTrue(directGrowth <= MOST_BYTES, () -> "direct memory: " + directGrowth);
            assertTrue(beside <= MOST_TIMES * alone, () -> beside + " us, alone " + alone);
        }
    }

    private static void repeat(BadInputServers servers, List<BadVector> sent, int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            for (BadVector vector : sent) {
                servers.send(vector);
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    /// What was in use becomes garbage bit by bit.
    private static long heap(BadInputServers servers) throws InterruptedException {
        for (int i = 1; i < COLLECTIONS; i++) {
            Memory.heap(servers.server, servers.doors);
            TimeUnit.MILLISECONDS.sleep(500);
        }
        return Memory.heap(servers.server, servers.doors);
    }
}
