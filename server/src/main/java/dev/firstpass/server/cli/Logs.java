package dev.firstpass.server.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/// What is logged, and how: one line per event on stderr, ours from INFO and the libraries' from WARNING.
final class Logs {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private Logs() {}

    /// Sets the whole process up.
    ///
    /// @return to be kept reachable: the JDK holds loggers weakly, and a level set on a lost one is lost
    static List<Logger> configure(PrintStream err) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new Lines(err));
        root.setLevel(Level.WARNING);
        Logger ours = Logger.getLogger("dev.firstpass");
        ours.setLevel(Level.INFO);
        // Armeria gives a meter of each of the two listeners the same name; Micrometer keeps the first and warns.
        Logger micrometer = Logger.getLogger("io.micrometer");
        micrometer.setLevel(Level.SEVERE);
        // A line with a stack trace for each thing that a client does wrong: metrics count them.
        Logger http2 = Logger.getLogger("com.linecorp.armeria.internal.common.AbstractHttp2ConnectionHandler");
        http2.setLevel(Level.SEVERE);
        Logger gone = Logger.getLogger("com.linecorp.armeria.common.util.Exceptions");
        gone.setLevel(Level.SEVERE);
        return List.of(root, ours, micrometer, http2, gone);
    }

    /// Shows each event at once.
    private static final class Lines extends StreamHandler {
        Lines(PrintStream err) {
            super(err, new OneLine());
            setLevel(Level.ALL);
        }

        @Override
        public synchronized void publish(LogRecord event) {
            super.publish(event);
            flush();
        }
    }

    /// `2026-01-31 12:00:00.000 WARN  Listeners: message`, with a stack trace below where there is one.
    private static final class OneLine extends Formatter {
        @Override
        public String format(LogRecord event) {
            StringBuilder line = new StringBuilder(TIME.format(event.getInstant()))
                    .append(' ')
                    .append(level(event.getLevel()))
                    .append(' ')
                    .append(shortName(event.getLoggerName()))
                    .append(": ")
                    .append(formatMessage(event))
                    .append('\n');
            if (event.getThrown() != null) {
                line.append(stackTrace(event.getThrown()));
            }
            return line.toString();
        }

        private static String level(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "WARN ";
            }
            return level.intValue() >= Level.INFO.intValue() ? "INFO " : "DEBUG";
        }

        private static String shortName(String name) {
            return name == null ? "?" : name.substring(name.lastIndexOf('.') + 1);
        }

        private static String stackTrace(Throwable thrown) {
            var trace = new java.io.StringWriter();
            thrown.printStackTrace(new java.io.PrintWriter(trace));
            return trace.toString();
        }
    }
}
