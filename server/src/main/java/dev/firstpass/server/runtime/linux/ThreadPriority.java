package dev.firstpass.server.runtime.linux;

import java.util.List;

/// How much of a busy processor a thread gets. On Linux each thread has a niceness of its own, and hands it down to the
/// threads that it starts.
///
/// Pure functions.
public final class ThreadPriority {
    /// PRIO_PROCESS: a thread, in spite of the name.
    private static final int ONE_THREAD = 0;

    private static final int THIS_ONE = 0;

    private ThreadPriority() {}

    /// Makes this thread less important for good: without rights it cannot take that back.
    ///
    /// @param niceness from 0, as threads are by default, to 19
    /// @throws KernelException if the kernel refuses
    public static void lower(int niceness) {
        Kernel.call(
                SystemCall.SETPRIORITY,
                loweringArguments(niceness).stream()
                        .mapToLong(Integer::longValue)
                        .toArray());
    }

    /// What [#lower] calls SETPRIORITY with.
    public static List<Integer> loweringArguments(int niceness) {
        return List.of(ONE_THREAD, THIS_ONE, niceness);
    }
}
