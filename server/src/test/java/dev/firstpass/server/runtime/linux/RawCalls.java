package dev.firstpass.server.runtime.linux;

/// System calls as hostile code makes them.
///
/// Pure functions.
public final class RawCalls {
    private RawCalls() {}

    /// @return its result; if it failed, the error as a negative number
    public static long attempt(SystemCall call, long... arguments) {
        return Kernel.attempt(call, arguments);
    }
}
