package dev.firstpass.server.runtime.engine;

/// The process that a session runs in has ended during a run. The session is usable still: its next run begins
/// another.
public final class RunLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean begun;

    /// @param begun whether the run was under way; else the process ended over getting ready for it
    public RunLostException(String message, boolean begun, Throwable cause) {
        super(message, cause);
        this.begun = begun;
    }

    /// Whether the model had its inputs already, and they may be to blame.
    public boolean isBegun() {
        return begun;
    }
}
