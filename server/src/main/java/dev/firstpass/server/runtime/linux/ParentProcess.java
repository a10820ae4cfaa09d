package dev.firstpass.server.runtime.linux;

/// The process that started this one.
///
/// Pure functions.
public final class ParentProcess {
    /// PR_SET_PDEATHSIG.
    private static final int SET_DEATH_SIGNAL = 1;

    private static final int SIGKILL = 9;

    private ParentProcess() {}

    /// From now on this process is killed when the thread that started it ends, however that comes about.
    ///
    /// @param pid of the parent
    /// @return whether the parent was alive still; if not, nobody will send the signal
    public static boolean dieWith(long pid) {
        Kernel.call(SystemCall.PRCTL, SET_DEATH_SIGNAL, SIGKILL);
        return Kernel.call(SystemCall.GETPPID) == pid;
    }

    /// From now on what is written to stdout, by native code too, goes to stderr.
    public static void sendStdoutToStderr() {
        Kernel.call(SystemCall.DUP3, 2, 1, 0);
    }
}
