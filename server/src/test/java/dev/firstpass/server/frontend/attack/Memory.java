package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.TestServer;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;

/// What the servers of a test hold of this process' memory, without what the test itself keeps of each request.
///
/// For one thread, beside the servers' own.
final class Memory {
    private Memory() {}

    /// Bytes of the Java heap that are in use once it has been collected: as the collector left them, since what is taken for threads
    /// that go on at once is a MiB or two.
    static long heap(TestServer... servers) {
        for (TestServer server : servers) {
            server.backend.requests.clear();
            server.backend.tensors.forget();
        }
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getCollectionUsage)
                .mapToLong(MemoryUsage::getUsed)
                .sum();
    }

    /// Bytes outside the heap that the wire library's pools have taken.
    static long direct() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
