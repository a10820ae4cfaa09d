package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What a walled process must not be able to do, really tried. Nothing is changed where it does work.
///
/// Pure functions, of what the kernel says.
public final class Trespass {
    /// AT_FDCWD.
    private static final long HERE = -100;
    /// O_WRONLY, O_CREAT, O_EXCL.
    private static final long MAKE = 0x1 | 0x40 | 0x80;

    private static final long OWNER_ONLY = 0600;
    /// AF_INET.
    private static final long INTERNET = 2;
    /// SOCK_STREAM.
    private static final long STREAM = 1;

    private static final int ADDRESS_BYTES = 16;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    /// EPERM, EACCES.
    private static final long NOT_PERMITTED = -1;

    private static final long DENIED = -13;

    private Trespass() {}

    /// Whether a file can be opened to be read.
    public static boolean canRead(String path) {
        return canOpen(path, 0);
    }

    /// Whether a file can be made.
    ///
    /// @param path where there is none
    public static boolean canMake(String path) {
        if (!canOpen(path, MAKE)) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            Kernel.call(SystemCall.UNLINKAT, HERE, arena.allocateFrom(path).address(), 0);
        }
        return true;
    }

    private static boolean canOpen(String path, long flags) {
        try (Arena arena = Arena.ofConfined()) {
            long file = Kernel.attempt(
                    SystemCall.OPENAT, HERE, arena.allocateFrom(path).address(), flags, OWNER_ONLY);
            if (file < 0) {
                return false;
            }
            Descriptors.close((int) file);
            return true;
        }
    }

    /// Whether a connection to this machine may be tried over TCP, whether somebody listens or not.
    public static boolean canConnect(int port) {
        long socket = Kernel.attempt(SystemCall.SOCKET, INTERNET, STREAM, 0);
        if (socket < 0) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS_BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) INTERNET);
            address.set(ValueLayout.JAVA_BYTE, 2, (byte) (port >> Byte.SIZE));
            address.set(ValueLayout.JAVA_BYTE, 3, (byte) port);
            MemorySegment.copy(LOOPBACK, 0, address, ValueLayout.JAVA_BYTE, 4, LOOPBACK.length);
            return !isRefusal(Kernel.attempt(SystemCall.CONNECT, socket, address.address(), ADDRESS_BYTES));
        } finally {
            Descriptors.close((int) socket);
        }
    }

    /// Whether this process may become another program. A folder is none, so that it never does.
    public static boolean canBecomeAnotherProgram() {
        try (Arena arena = Arena.ofConfined()) {
            // The kernel says EACCES of a folder, and EPERM before it looks where it may not be called.
            return Kernel.attempt(SystemCall.EXECVE, arena.allocateFrom("/").address(), 0, 0) != NOT_PERMITTED;
        }
    }

    private static boolean isRefusal(long result) {
        return result == NOT_PERMITTED || result == DENIED;
    }
}
