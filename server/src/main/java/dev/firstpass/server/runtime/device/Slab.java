package dev.firstpass.server.runtime.device;

import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;

/// The memory that rows and results of one isolation group live in, owned by the server and mapped by the group's
/// hosts.
///
/// It has two regions, so that nothing can wait in a circle: requests wait for room among the rows, the batcher waits
/// for room among the results, and results are freed by post-processing, which waits for nothing but a CPU permit.
///
/// Thread-safe. Closing it while a block is lent is an error of the caller: later access throws.
public final class Slab implements AutoCloseable {
    private final SharedMemory memory;
    private final Region rows;
    private final Region results;

    /// @param rowBytes room for rows that wait or run
    /// @param resultBytes room for outputs that are being read
    public Slab(long rowBytes, long resultBytes) {
        this.memory = SharedMemory.create("firstpass-slab", rowBytes + resultBytes);
        MemorySegment all = memory.segment();
        this.rows = new Region("rows", all.asSlice(0, rowBytes));
        this.results = new Region("results", all.asSlice(rowBytes, resultBytes));
    }

    public Region rows() {
        return rows;
    }

    public Region results() {
        return results;
    }

    /// All of it, for hosts in other processes, which map it; blocks are parts of it.
    public SharedMemory memory() {
        return memory;
    }

    @Override
    public void close() {
        memory.close();
    }
}
