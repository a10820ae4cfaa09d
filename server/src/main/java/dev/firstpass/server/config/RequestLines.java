package dev.firstpass.server.config;

import java.util.Locale;

/// Which requests get a line of their own in the log when they end.
public enum RequestLines {
    NONE,
    /// Those that were not answered with what they asked for.
    FAILED,
    ALL;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
