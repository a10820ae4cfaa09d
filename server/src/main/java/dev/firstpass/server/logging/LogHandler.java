package dev.firstpass.server.logging;

import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Where every event of the process comes by: makes a line of it, unless there were many of its kind just now.
///
/// Thread-safe; without a lock of its own, as virtual threads log too.
final class LogHandler extends Handler {
    private final LineForm form;
    private final Consumer<String> lines;
    private final LineLimits limits;
    private final LongSupplier nanos;

    LogHandler(LineForm form, Consumer<String> lines, LineLimits limits, LongSupplier nanos) {
        this.form = form;
        this.lines = lines;
        this.limits = limits;
        this.nanos = nanos;
        setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord event) {
        if (!isLoggable(event)) {
            return;
        }
        @Nullable Map<String, String> context = MDC.getCopyOfContextMap();
        Map<String, String> fields = context == null ? Map.of() : context;
        OptionalLong leftOut =
                isOnRequest(event) ? OptionalLong.of(0) : limits.admit(kind(event, fields), nanos.getAsLong());
        if (leftOut.isPresent()) {
            lines.accept(form.line(event, fields, leftOut.getAsLong()));
        }
    }

    /// Who asks for a line of every request gets them all, or as many as the log takes.
    private static boolean isOnRequest(LogRecord event) {
        return Logs.REQUESTS.equals(event.getLoggerName()) && event.getLevel().intValue() <= Level.INFO.intValue();
    }

    private static String kind(LogRecord event, Map<String, String> fields) {
        return event.getLevel() + " " + event.getLoggerName() + " " + fields.getOrDefault(LogFields.REASON, "");
    }

    @Override
    public void flush() {
        // Whoever writes the lines flushes them.
    }

    @Override
    public void close() {
        // Owns nothing.
    }
}
