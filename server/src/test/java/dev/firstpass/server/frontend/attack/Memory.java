package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.TestServer;
import io.netty.buffer.PooledByteBufAllocator;

/// What the servers of a test hold of this process' memory, without what the test itself keeps of each request.
///
/// For one thread, beside the servers' own.
final class Memory {
    private Memory() {}

    /// Bytes of the Java heap that are in use once it has been collected.
    static long heap(TestServer... servers) {
        for (TestServer server : servers) {
            server.backend.requests.clear();
            server.backend.tensors.forget();
        }
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /// Bytes outside the heap that the wire library's pools have taken.
    static long direct() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
