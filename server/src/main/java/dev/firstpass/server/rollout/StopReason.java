package dev.firstpass.server.rollout;

/// Why a canary was stopped.
public enum StopReason {
    ERRORS,
    LATENCY;

    /// Its name on the wire: `errors`, `latency`.
    public String id() {
        return switch (this) {
            case ERRORS -> "errors";
            case LATENCY -> "latency";
        };
    }
}
