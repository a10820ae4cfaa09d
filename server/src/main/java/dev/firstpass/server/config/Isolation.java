package dev.firstpass.server.config;

import java.util.Locale;

/// Where models run.
public enum Isolation {
    /// In the server's own process.
    IN_PROCESS,
    /// In a worker process.
    WORKER;

    /// The name in settings.
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
