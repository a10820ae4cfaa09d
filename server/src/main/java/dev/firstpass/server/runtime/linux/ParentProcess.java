package dev.firstpass.server.runtime.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;

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
        CLibrary.call(
                CLibrary.variadic("prctl", 1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
                SET_DEATH_SIGNAL,
                (long) SIGKILL);
        Object parent = CLibrary.call(CLibrary.function("getppid", FunctionDescriptor.of(ValueLayout.JAVA_INT)));
        return parent instanceof Integer now && now == pid;
    }

    /// From now on what is written to stdout, by native code too, goes to stderr.
    public static void sendStdoutToStderr() {
        CLibrary.call(
                CLibrary.function(
                        "dup2",
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)),
                2,
                1);
    }
}
