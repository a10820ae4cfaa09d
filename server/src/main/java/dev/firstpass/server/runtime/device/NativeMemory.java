package dev.firstpass.server.runtime.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Memory of this process that costs nothing until it is touched. `Arena.allocate` writes zeros over all it gives,
/// which for a slab of a gigabyte takes a second and makes every page resident.
///
/// Pure functions.
final class NativeMemory {
    private static final int READ_AND_WRITE = 0x1 | 0x2;
    /// Linux: MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE.
    private static final int PRIVATE_ANONYMOUS_UNRESERVED = 0x02 | 0x20 | 0x4000;

    private static final long FAILED = -1;

    private NativeMemory() {}

    /// Zeroed memory that is given back when `arena` closes.
    ///
    /// @throws OutOfMemoryError if the system has no address space left
    static MemorySegment reserve(long bytes, Arena arena) {
        Linker linker = Linker.nativeLinker();
        MethodHandle map = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        MethodHandle unmap = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("munmap"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        MemorySegment memory = (MemorySegment)
                call(map, MemorySegment.NULL, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS_UNRESERVED, -1, 0L);
        if (memory.address() == FAILED) {
            throw new OutOfMemoryError("slab: " + bytes + " bytes cannot be reserved");
        }
        return memory.reinterpret(bytes, arena, mapped -> call(unmap, mapped, bytes));
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("a call into the C library failed", e);
        }
    }
}
