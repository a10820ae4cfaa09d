package dev.firstpass.server.config;

import java.util.Locale;

/// How lines of the log are written.
public enum LogFormat {
    /// For people.
    TEXT,
    /// One JSON object a line, for what collects logs.
    JSON;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
