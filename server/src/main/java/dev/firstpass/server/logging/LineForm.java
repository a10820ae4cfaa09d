package dev.firstpass.server.logging;

import dev.firstpass.server.config.LogFormat;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/// How an event becomes a line of the log.
///
/// Thread-safe.
sealed interface LineForm permits TextLines, JsonLines {
    static LineForm of(LogFormat format) {
        return switch (format) {
            case TEXT -> new TextLines();
            case JSON -> new JsonLines();
        };
    }

    /// @param fields of the event beside its text
    /// @param leftOut events like it that were left out since the last one
    /// @return with a line's end
    String line(LogRecord event, Map<String, String> fields, long leftOut);

    static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARN";
        }
        return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
    }

    static String stackTrace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }
}
