package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Collections;

/// The memory that `malloc` hands out in this process: what native code holds, without Java's heap. Only the GNU C
/// library tells; on others nothing is done and nothing known.
///
/// Pure functions, thread-safe. A call takes milliseconds where much is free.
public final class NativeHeap {
    /// `struct mallinfo2`: ten counts of bytes or pieces.
    private static final MemoryLayout COUNTS = MemoryLayout.structLayout(
            Collections.nCopies(10, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new));

    /// Index of `hblkhd`: bytes in blocks that were mapped by themselves.
    private static final int MAPPED = 4;

    /// Index of `uordblks`: bytes in use in all arenas.
    private static final int IN_USE = 7;

    private NativeHeap() {}

    /// Gives pages that hold nothing any more back to the operating system. A large block goes back by itself when it
    /// is freed, small ones do not: of a model of 20 MB that was closed, all 20 MB stay without this.
    public static void trim() {
        NativeLibrary.C
                .function("malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))
                .ifPresent(function -> function.call(0L));
    }

    /// Bytes that are handed out now; 0 where nobody tells.
    public static long usedBytes() {
        return NativeLibrary.C
                .function("mallinfo2", FunctionDescriptor.of(COUNTS))
                .map(NativeHeap::used)
                .orElse(0L);
    }

    private static long used(NativeLibrary.Function function) {
        try (Arena arena = Arena.ofConfined()) {
            SegmentAllocator allocator = arena;
            return function.call(allocator) instanceof MemorySegment counts
                    ? counts.getAtIndex(ValueLayout.JAVA_LONG, MAPPED)
                            + counts.getAtIndex(ValueLayout.JAVA_LONG, IN_USE)
                    : 0;
        }
    }
}
