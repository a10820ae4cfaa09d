package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;

/// Open files by number, as programs hand them to those they become.
///
/// Pure functions.
public final class Descriptors {
    /// AT_FDCWD.
    private static final long HERE = -100;
    /// O_RDWR.
    private static final long READ_AND_WRITE = 2;
    /// O_PATH, O_CLOEXEC.
    private static final long FIND = 0x20_0000 | 0x8_0000;
    /// F_SETFD.
    private static final long SET_FLAGS = 2;
    /// CLOSE_RANGE_CLOEXEC.
    private static final long ON_EXEC = 1 << 2;

    private static final long ANY = 0xffff_ffffL;
    private static final int FIRST_BEYOND_STANDARD = 3;

    private Descriptors() {}

    /// Opens a file to read and write, for the program that this one becomes as well.
    ///
    /// @throws KernelException if it cannot be opened
    public static int open(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) Kernel.call(
                    SystemCall.OPENAT, HERE, arena.allocateFrom(path).address(), READ_AND_WRITE);
        }
    }

    /// Holds on to a file or folder without being able to read it.
    ///
    /// @throws KernelException if there is none
    public static int hold(String path) {
        long file = attemptToFind(path);
        if (file < 0) {
            throw new KernelException(SystemCall.OPENAT, (int) -file);
        }
        return (int) file;
    }

    /// @return a descriptor that names the file and cannot read it; negative if there is none
    static long attemptToFind(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return Kernel.attempt(
                    SystemCall.OPENAT, HERE, arena.allocateFrom(path).address(), FIND);
        }
    }

    /// The program that this one becomes gets its three standard streams and these, nothing else.
    ///
    /// @throws KernelException on Linux before 5.11
    public static void keepOnly(int... descriptors) {
        Kernel.call(SystemCall.CLOSE_RANGE, FIRST_BEYOND_STANDARD, ANY, ON_EXEC);
        for (int descriptor : descriptors) {
            Kernel.call(SystemCall.FCNTL, descriptor, SET_FLAGS, 0);
        }
    }

    static void close(int descriptor) {
        Kernel.call(SystemCall.CLOSE, descriptor);
    }
}
