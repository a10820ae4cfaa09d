package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/// Memory that other processes of the same user can map: a `memfd` without a name in any file system, sealed so that
/// nobody can shrink it under those who use it. It costs nothing until it is touched.
///
/// Thread-safe. Closing it gives back this process' mapping; the memory is freed with the last one. Access after that
/// throws.
public final class SharedMemory implements AutoCloseable {
    private static final int READ_AND_WRITE = 0x1 | 0x2;
    /// MAP_SHARED, MAP_NORESERVE.
    private static final int SHARED_UNRESERVED = 0x01 | 0x4000;
    /// MFD_CLOEXEC, MFD_ALLOW_SEALING.
    private static final int CLOSED_ON_EXEC_SEALABLE = 0x1 | 0x2;

    private static final int ADD_SEALS = 1033;
    /// F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW.
    private static final int SIZE_FOR_EVER = 0x1 | 0x2 | 0x4;
    /// MADV_REMOVE.
    private static final int REMOVE = 9;

    private final Arena arena;
    private final int descriptor;
    private final MemorySegment segment;

    private SharedMemory(int descriptor, long bytes) {
        this.descriptor = descriptor;
        this.arena = Arena.ofShared();
        this.segment = mapped(descriptor, bytes, arena);
    }

    /// New memory, zeroed.
    ///
    /// @param name that tools show, for instance in `/proc/PID/maps`
    /// @throws OutOfMemoryError if the system has no address space left
    public static SharedMemory create(String name, long bytes) {
        int descriptor = descriptor(name);
        try {
            Kernel.call(SystemCall.FTRUNCATE, descriptor, bytes);
            Kernel.call(SystemCall.FCNTL, descriptor, ADD_SEALS, SIZE_FOR_EVER);
            return new SharedMemory(descriptor, bytes);
        } catch (RuntimeException | Error e) {
            Descriptors.close(descriptor);
            throw e;
        }
    }

    private static int descriptor(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) Kernel.call(
                    SystemCall.MEMFD_CREATE, arena.allocateFrom(name).address(), CLOSED_ON_EXEC_SEALABLE);
        }
    }

    /// Memory that another process made.
    ///
    /// @param descriptor of it, which is taken, also when this throws
    /// @param bytes its size
    public static SharedMemory of(int descriptor, long bytes) {
        try {
            return new SharedMemory(descriptor, bytes);
        } catch (RuntimeException | Error e) {
            Descriptors.close(descriptor);
            throw e;
        }
    }

    private static MemorySegment mapped(int descriptor, long bytes, Arena arena) {
        long address;
        try {
            address = Kernel.call(SystemCall.MMAP, 0, bytes, READ_AND_WRITE, SHARED_UNRESERVED, descriptor, 0);
        } catch (KernelException e) {
            throw (OutOfMemoryError)
                    new OutOfMemoryError("shared memory: " + bytes + " bytes cannot be mapped").initCause(e);
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, all -> Kernel.call(SystemCall.MUNMAP, all.address(), bytes));
    }

    public MemorySegment segment() {
        return segment;
    }

    /// Where another process of the same user finds it, while this one lives: for [Descriptors#open].
    public String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor;
    }

    /// Where `part` begins in this memory; empty if it is no part of it.
    public OptionalLong offsetOf(MemorySegment part) {
        long offset = part.address() - segment.address();
        return part.isNative() && offset >= 0 && offset <= segment.byteSize() - part.byteSize()
                ? OptionalLong.of(offset)
                : OptionalLong.empty();
    }

    /// Gives the pages of a part back to the system, for all processes; they read as zeros from then on.
    ///
    /// @param part of this memory, beginning and ending on pages
    public void discard(MemorySegment part) {
        long _ = Kernel.attempt(SystemCall.MADVISE, part.address(), part.byteSize(), REMOVE);
    }

    @Override
    public void close() {
        arena.close();
        Descriptors.close(descriptor);
    }
}
