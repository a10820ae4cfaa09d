package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

    private static final long FAILED = -1;

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
            check(
                    name,
                    CLibrary.call(
                            CLibrary.function(
                                    "ftruncate",
                                    FunctionDescriptor.of(
                                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)),
                            descriptor,
                            bytes));
            check(
                    name,
                    CLibrary.call(
                            CLibrary.variadic(
                                    "fcntl",
                                    2,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT),
                            descriptor,
                            ADD_SEALS,
                            SIZE_FOR_EVER));
            return new SharedMemory(descriptor, bytes);
        } catch (RuntimeException | Error e) {
            close(descriptor);
            throw e;
        }
    }

    private static int descriptor(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return check(
                    name,
                    CLibrary.call(
                            CLibrary.function(
                                    "memfd_create",
                                    FunctionDescriptor.of(
                                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
                            arena.allocateFrom(name),
                            CLOSED_ON_EXEC_SEALABLE));
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
            close(descriptor);
            throw e;
        }
    }

    private static MemorySegment mapped(int descriptor, long bytes, Arena arena) {
        MemorySegment memory = (MemorySegment) CLibrary.call(
                CLibrary.function(
                        "mmap",
                        FunctionDescriptor.of(
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG)),
                MemorySegment.NULL,
                bytes,
                READ_AND_WRITE,
                SHARED_UNRESERVED,
                descriptor,
                0L);
        if (memory.address() == FAILED) {
            throw new OutOfMemoryError("shared memory: " + bytes + " bytes cannot be mapped");
        }
        return memory.reinterpret(
                bytes,
                arena,
                all -> CLibrary.call(
                        CLibrary.function(
                                "munmap",
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG)),
                        all,
                        bytes));
    }

    private static int check(String what, Object result) {
        if (!(result instanceof Integer number) || number == FAILED) {
            throw new IllegalStateException("the system refuses shared memory: " + what);
        }
        return number;
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
        CLibrary.call(
                CLibrary.function(
                        "madvise",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT)),
                part,
                part.byteSize(),
                REMOVE);
    }

    @Override
    public void close() {
        arena.close();
        close(descriptor);
    }

    private static void close(int descriptor) {
        CLibrary.call(
                CLibrary.function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)),
                descriptor);
    }
}
