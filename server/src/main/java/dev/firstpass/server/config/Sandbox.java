package dev.firstpass.server.config;

import java.util.Locale;

/// What becomes of workers where they cannot be walled in.
public enum Sandbox {
    /// The server does not start.
    REQUIRED,
    /// They run without walls, and the server says so.
    BEST_EFFORT;

    /// The name in settings.
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
