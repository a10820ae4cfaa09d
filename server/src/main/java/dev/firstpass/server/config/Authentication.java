package dev.firstpass.server.config;

/// How callers are told apart.
public enum Authentication {
    /// Not at all: whoever reaches a listener is let in.
    NONE("none"),

    /// By tokens of the API, which stand in the registry.
    TOKENS("tokens");

    private final String id;

    Authentication(String id) {
        this.id = id;
    }

    /// As settings have it.
    public String id() {
        return id;
    }
}
