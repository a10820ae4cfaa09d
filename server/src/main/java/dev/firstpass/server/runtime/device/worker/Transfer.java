package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// The tensors of one run and where the worker finds them. What lies in the slab stays there. Anything else, a warm-up's
/// tensors for instance, is copied through memory of the channel, which one run has at a time.
///
/// For one thread. Who makes it closes it, when the worker runs no more.
final class Transfer implements AutoCloseable {
    private static final long PAGE = 4096;

    private final SharedMemory slab;
    private final SharedMemory channel;
    private final ReentrantLock stagingLock;
    private final List<Staged> outputs = new ArrayList<>();
    private long stagedBytes;

    /// @param stagingLock held by the run that uses the channel's memory
    Transfer(SharedMemory slab, SharedMemory channel, ReentrantLock stagingLock) {
        this.slab = slab;
        this.channel = channel;
        this.stagingLock = stagingLock;
    }

    Place input(MemorySegment data) {
        return place(data, (own, shared) -> shared.copyFrom(own));
    }

    Place output(MemorySegment data) {
        return place(data, (own, shared) -> outputs.add(new Staged(own, shared)));
    }

    private Place place(MemorySegment data, Staging staging) {
        var inSlab = slab.offsetOf(data);
        if (inSlab.isPresent()) {
            return new Place(Place.Memory.SLAB, inSlab.getAsLong(), data.byteSize());
        }
        if (!stagingLock.isHeldByCurrentThread()) {
            stagingLock.lock();
        }
        MemorySegment room = Channel.staging(channel);
        if (data.byteSize() > room.byteSize() - stagedBytes) {
            throw new EngineException("run: " + (stagedBytes + data.byteSize()) + " bytes (expected: <= "
                    + room.byteSize() + ", the size of the slab)");
        }
        long offset = stagedBytes;
        staging.put(data, room.asSlice(offset, data.byteSize()));
        stagedBytes += (data.byteSize() + PAGE - 1) / PAGE * PAGE;
        return new Place(Place.Memory.CHANNEL, Channel.STAGING_AT + offset, data.byteSize());
    }

    /// Brings the outputs to where they shall lie.
    void complete() {
        outputs.forEach(output -> output.own.copyFrom(output.shared));
    }

    @Override
    public void close() {
        if (stagingLock.isHeldByCurrentThread()) {
            try {
                MemorySegment room = Channel.staging(channel);
                channel.discard(room.asSlice(0, Math.min(stagedBytes, room.byteSize())));
            } finally {
                stagingLock.unlock();
            }
        }
    }

    private record Staged(MemorySegment own, MemorySegment shared) {}

    @FunctionalInterface
    private interface Staging {
        void put(MemorySegment own, MemorySegment shared);
    }
}
