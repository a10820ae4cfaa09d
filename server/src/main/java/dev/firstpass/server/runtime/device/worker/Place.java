package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;

/// Where a tensor's bytes lie in memory that both processes map.
///
/// Immutable.
record Place(Memory memory, long offset, long bytes) {
    /// SLAB is the server's; CHANNEL belongs to this one worker and takes what does not lie in the slab.
    enum Memory {
        SLAB,
        CHANNEL
    }

    /// @throws IndexOutOfBoundsException if it is not within that memory
    MemorySegment in(SharedMemory slab, SharedMemory channel) {
        return switch (memory) {
            case SLAB -> slab.segment().asSlice(offset, bytes);
            case CHANNEL -> channel.segment().asSlice(offset, bytes);
        };
    }
}
