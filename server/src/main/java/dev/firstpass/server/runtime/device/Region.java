package dev.firstpass.server.runtime.device;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A part of the slab from which blocks are lent: first fit over a sorted list of free spans, neighbours joined when
/// a block comes back. Blocks begin on 64 bytes. There are at most a few hundred blocks at a time, so a linear search
/// costs less than the cache miss of touching the block.
///
/// Thread-safe. Waiting is fair in effect only: whoever is woken first and fits goes on.
public final class Region {
    private static final long ALIGNMENT = 64;

    private final String name;
    private final MemorySegment memory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    /// Offset -> length of each free span; never two that touch.
    private final TreeMap<Long, Long> free = new TreeMap<>();

    /// Changed with the lock.
    private final AtomicLong lent = new AtomicLong();

    Region(String name, MemorySegment memory) {
        this.name = name;
        this.memory = memory;
        free.put(0L, memory.byteSize());
    }

    /// Lends `bytes`, waiting for room until the deadline.
    ///
    /// @throws dev.firstpass.server.failure.FailureException OVERLOADED when no room came free in time,
    ///     IMAGE_TOO_MANY_PIXELS when the whole region would not hold it
    public Block allocate(long bytes, Deadline deadline) throws InterruptedException {
        return allocateAll(List.of(bytes), deadline).getFirst();
    }

    /// Lends several blocks, all at once: who has some never waits for more, so that nobody waits for each other.
    ///
    /// @param bytes of each block
    /// @return modifiable, in the same order
    /// @throws dev.firstpass.server.failure.FailureException as [#allocate] does
    public List<Block> allocateAll(List<Long> bytes, Deadline deadline) throws InterruptedException {
        long sum = bytes.stream().mapToLong(Region::aligned).sum();
        if (sum > memory.byteSize()) {
            throw Failure.of(
                            Reason.IMAGE_TOO_MANY_PIXELS,
                            name + ": " + sum + " bytes (expected: <= " + memory.byteSize() + ")")
                    .asException();
        }
        lock.lockInterruptibly();
        try {
            while (true) {
                Optional<List<Block>> blocks = takeAll(bytes);
                if (blocks.isPresent()) {
                    return blocks.get();
                }
                long remaining = deadline.remainingNanos();
                if (remaining <= 0 || freed.awaitNanos(remaining) <= 0) {
                    throw Failure.overloaded("no room for " + name + " before the deadline")
                            .asException();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lends `bytes` if there is room now.
    public Optional<Block> tryAllocate(long bytes) {
        lock.lock();
        try {
            return take(bytes);
        } finally {
            lock.unlock();
        }
    }

    /// Bytes that there are, lent or not.
    public long byteSize() {
        return memory.byteSize();
    }

    /// Bytes that are lent now.
    public long lentBytes() {
        return lent.get();
    }

    /// Whether more than half of it is lent now.
    public boolean isMostlyLent() {
        return lent.get() > memory.byteSize() / 2;
    }

    /// All or, if they do not fit, none.
    private Optional<List<Block>> takeAll(List<Long> bytes) {
        List<Block> taken = new ArrayList<>(bytes.size());
        for (long size : bytes) {
            Optional<Block> block = take(size);
            if (block.isEmpty()) {
                // Those who wait are not woken: they would find what they found before.
                taken.forEach(one -> join(one.offset, one.length));
                return Optional.empty();
            }
            taken.add(block.get());
        }
        return Optional.of(taken);
    }

    private Optional<Block> take(long bytes) {
        long wanted = aligned(bytes);
        return free.entrySet().stream()
                .filter(span -> span.getValue() >= wanted)
                .findFirst()
                .map(span -> cut(span.getKey(), span.getValue(), wanted, bytes));
    }

    private Block cut(long offset, long length, long wanted, long bytes) {
        free.remove(offset);
        lent.addAndGet(wanted);
        if (length > wanted) {
            free.put(offset + wanted, length - wanted);
        }
        return new Block(offset, wanted, memory.asSlice(offset, bytes));
    }

    private void giveBack(long offset, long length) {
        lock.lock();
        try {
            join(offset, length);
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Adds a span to the free ones, together with its free neighbours.
    private void join(long offset, long length) {
        lent.addAndGet(-length);
        long start = offset;
        long end = offset + length;
        Map.Entry<Long, Long> before = free.floorEntry(offset);
        if (before != null && before.getKey() + before.getValue() == start) {
            start = before.getKey();
        }
        Long after = free.remove(end);
        if (after != null) {
            end += after;
        }
        free.put(start, end - start);
    }

    private static long aligned(long bytes) {
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    /// Memory on loan. Who was given it closes it, once; a second close does nothing.
    ///
    /// The memory itself may be touched by one thread at a time; `close` may be called by any.
    public final class Block implements AutoCloseable {
        private final long offset;
        private final long length;
        private final MemorySegment segment;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Block(long offset, long length, MemorySegment segment) {
            this.offset = offset;
            this.length = length;
            this.segment = segment;
        }

        /// The bytes asked for; their content is whatever was there before.
        public MemorySegment segment() {
            if (closed.get()) {
                throw new IllegalStateException("block was given back");
            }
            return segment;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                giveBack(offset, length);
            }
        }
    }
}
