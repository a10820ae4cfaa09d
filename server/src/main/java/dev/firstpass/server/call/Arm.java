package dev.firstpass.server.call;

/// Which way a request came to the version that answered it.
public enum Arm {
    /// By an alias, to the version that it names.
    STABLE,

    /// By an alias, to its canary.
    CANARY,

    /// By the version's number.
    DIRECT;

    /// Its name on the wire: `stable`, `canary`, `direct`.
    public String id() {
        return switch (this) {
            case STABLE -> "stable";
            case CANARY -> "canary";
            case DIRECT -> "direct";
        };
    }
}
