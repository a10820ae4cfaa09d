package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;

/// How the memory that a server shares with one worker is laid out: slots first, then the worker's pulse,
/// then room for tensors that do not lie in the slab.
///
/// Pure functions.
final class Channel {
    /// Sessions that a worker has open at a time.
    static final int SLOTS = 256;

    private static final long PULSE_AT = (long) SLOTS * Slot.BYTES;
    private static final long PULSE_BYTES = 4096;

    static final long STAGING_AT = PULSE_AT + PULSE_BYTES;

    private Channel() {}

    static Slot slot(SharedMemory channel, int index) {
        return new Slot(channel.segment().asSlice((long) index * Slot.BYTES, Slot.BYTES));
    }

    /// A number that the worker changes for as long as it is alive.
    static MemorySegment pulse(SharedMemory channel) {
        return channel.segment().asSlice(PULSE_AT, Integer.BYTES);
    }

    static MemorySegment staging(SharedMemory channel) {
        return channel.segment().asSlice(STAGING_AT);
    }
}
