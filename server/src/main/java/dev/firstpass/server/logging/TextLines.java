package dev.firstpass.server.logging;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;

/// `2026-01-31 12:00:00.000 WARN  Listeners: message`, with a stack trace below where there is one. The fields of an event
/// are in its message already.
///
/// Thread-safe.
final class TextLines implements LineForm {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    /// Of whatever alphabet.
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]+");

    private final SimpleFormatter messages = new SimpleFormatter();

    @Override
    public String line(LogRecord event, Map<String, String> fields, long leftOut) {
        StringBuilder line = new StringBuilder(TIME.format(event.getInstant()))
                .append(' ')
                .append("%-5s".formatted(LineForm.level(event.getLevel())))
                .append(' ')
                .append(shortName(event.getLoggerName()))
                .append(": ")
                .append(oneLine(messages.formatMessage(event)));
        if (leftOut > 0) {
            line.append(" (and ").append(leftOut).append(" like it before)");
        }
        line.append('\n');
        if (event.getThrown() != null) {
            // Behind a margin, which no line of the log begins with: texts of exceptions may have lines of their own.
            LineForm.stackTrace(event.getThrown())
                    .lines()
                    .forEach(each -> line.append("  ").append(oneLine(each)).append('\n'));
        }
        return line.toString();
    }

    private static String shortName(String name) {
        return name == null ? "?" : name.substring(name.lastIndexOf('.') + 1);
    }

    /// What came from elsewhere cannot make up a line of its own.
    private static String oneLine(String message) {
        return CONTROL.matcher(message).replaceAll(" ");
    }
}
