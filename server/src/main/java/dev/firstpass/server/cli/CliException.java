package dev.firstpass.server.cli;

/// Ends a command with one line on stderr and an exit code. The message is for the person at the terminal, so it may
/// name files and addresses.
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    private CliException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /// The command could not do its work.
    static CliException failed(String message) {
        return new CliException(ExitCode.FAILED, message);
    }

    static CliException failed(String message, Throwable cause) {
        return new CliException(ExitCode.FAILED, message, cause);
    }

    /// The command was called wrongly, or its configuration is wrong.
    static CliException usage(String message) {
        return new CliException(ExitCode.USAGE, message);
    }

    int exitCode() {
        return exitCode;
    }
}
