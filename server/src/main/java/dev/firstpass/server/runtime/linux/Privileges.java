package dev.firstpass.server.runtime.linux;

/// What a process may become.
///
/// Pure functions.
public final class Privileges {
    /// PR_SET_NO_NEW_PRIVS.
    private static final long NO_NEW_PRIVILEGES = 38;

    private Privileges() {}

    /// This thread, and all that comes of it, never gets a right that it does not have: no set-uid program gives it one.
    /// Without it nobody but root may restrict himself.
    ///
    /// @throws KernelException if the kernel refuses
    public static void giveUp() {
        Kernel.call(SystemCall.PRCTL, NO_NEW_PRIVILEGES, 1, 0, 0, 0);
    }
}
