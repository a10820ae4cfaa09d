package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// What reading an answer leaves for the collector, as docs/performance.md states it: bounded by what is found, not by the size
/// of the outputs. Bytes that the thread has allocated, so no time is looked at.
final class FamilyGarbageTest {
    private static final int ROUNDS = 20;
    private static final long KIB = 1 << 10;

    private static long bytesEach(Supplier<?> work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < ROUNDS; i++) {
            assertTrue(work.get().hashCode() != 1);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        int sum = 0;
        for (int i = 0; i < ROUNDS; i++) {
            sum += work.get().hashCode() & 1;
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
        assertEquals(0, sum % ROUNDS);
        return each;
    }

    private static void assertAtMost(long most, Supplier<?> work) {
        long each = bytesEach(work);
        assertTrue(each <= most, () -> each + " bytes (expected: <= " + most + ")");
    }

    /// 300 candidates of 172,530 scores, which are 700 KB.
    @Test
    void ssd_ofUsualScores_leavesLittle() {
        assertAtMost(256 * KIB, FamilyTimings.ssd());
    }

    /// 60 lines on a map of 1.8 million cells, which are 7 MB.
    @Test
    void textRegions_ofAPage_leaveLittle() {
        assertAtMost(60 * 64 * KIB, FamilyTimings.textRegions());
    }

    /// A mask of 12 million pixels, a bit each, of a map of 102,400 cells, a float each.
    @Test
    void salient_ofAPhoto_leavesItsMaskAndItsMap() {
        assertAtMost(12_000_000 / 8 + 4 * 102_400 + 512 * KIB, FamilyTimings.salient());
    }
}
