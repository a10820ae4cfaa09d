package dev.firstpass.server.cli;

/// What the process says to the shell when it ends. Scripts rely on these numbers.
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    /// Wrong usage or configuration.
    static final int USAGE = 2;
    /// Some assets failed, the rest are written.
    static final int SOME_FAILED = 3;

    private ExitCode() {}
}
