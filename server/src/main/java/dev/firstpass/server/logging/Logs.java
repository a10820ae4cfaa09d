package dev.firstpass.server.logging;

import dev.firstpass.server.config.LogFormat;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// What this process logs, and how: ours from INFO and the libraries' from WARNING. A command writes each line at once; a
/// server hands it to a thread that writes, so that nothing else waits for the log.
///
/// One for a process, which keeps it reachable: the JDK holds loggers weakly, and a level set on a lost one is lost.
/// Thread-safe.
public final class Logs {
    /// The logger of lines of requests.
    public static final String REQUESTS = "dev.firstpass.requests";

    private static final int MOST_WAITING_BYTES = 4 << 20;

    /// Libraries that would write a line, some with a stack trace, for each thing that a client does wrong, which metrics count; and
    /// Micrometer, which warns that Armeria gives a meter of each listener the same name.
    private static final List<String> TOO_LOUD = List.of(
            "io.micrometer",
            "com.linecorp.armeria.server.HttpServerPipelineConfigurator",
            "com.linecorp.armeria.internal.common.AbstractHttp2ConnectionHandler",
            "com.linecorp.armeria.common.util.Exceptions");

    private final Logger root = Logger.getLogger("");
    /// Held, and nothing else: the JDK holds loggers weakly.
    @SuppressWarnings("UnusedVariable")
    private final List<Logger> others;

    private final LineLimits limits = new LineLimits();
    private final LongSupplier nanos;

    private Logs(LongSupplier nanos) {
        this.nanos = nanos;
        root.setLevel(Level.WARNING);
        Logger ours = Logger.getLogger("dev.firstpass");
        ours.setLevel(Level.INFO);
        others = Stream.concat(Stream.of(ours), TOO_LOUD.stream().map(Logs::severeOnly))
                .toList();
    }

    private static Logger severeOnly(String name) {
        Logger logger = Logger.getLogger(name);
        logger.setLevel(Level.SEVERE);
        return logger;
    }

    /// Sets the process up as a command has it.
    public static Logs ofCommand(PrintStream err) {
        Logs logs = new Logs(System::nanoTime);
        logs.handle(new LogHandler(
                new TextLines(),
                line -> {
                    err.print(line);
                    err.flush();
                },
                logs.limits,
                logs.nanos));
        return logs;
    }

    private void handle(LogHandler handler) {
        for (Handler old : root.getHandlers()) {
            root.removeHandler(old);
        }
        root.addHandler(handler);
    }

    /// Sets it up as a server has it, from now on.
    ///
    /// @param out where lines go, for instance the process's stderr; it may block
    public Serving serve(OutputStream out, LogFormat format) {
        return serve(out, format, MOST_WAITING_BYTES);
    }

    Serving serve(OutputStream out, LogFormat format, int mostBytes) {
        LineForm form = LineForm.of(format);
        LineWriter writer = new LineWriter(out, mostBytes, lost -> {
            LogRecord event = new LogRecord(Level.WARNING, lost + " lines before this one are lost: the log took none");
            event.setLoggerName(Logs.class.getName());
            return form.line(event, Map.of(), 0);
        });
        handle(new LogHandler(form, writer::accept, limits, nanos));
        return new Serving(writer, limits);
    }

    /// A server's log. Closing it waits a moment for lines that are not written yet; what is logged after that is lost.
    ///
    /// Thread-safe.
    public static final class Serving implements AutoCloseable {
        private final LineWriter writer;
        private final LineLimits limits;

        private Serving(LineWriter writer, LineLimits limits) {
            this.writer = writer;
            this.limits = limits;
        }

        /// Adds its meters.
        public void bindTo(MeterRegistry registry) {
            counter(registry, "blocked", FunctionCounter.builder("firstpass.log.dropped", writer, LineWriter::dropped));
            counter(registry, "limit", FunctionCounter.builder("firstpass.log.dropped", limits, LineLimits::leftOut));
        }

        private static void counter(MeterRegistry registry, String cause, FunctionCounter.Builder<?> counter) {
            counter.description("Lines that are not in the log, since it took none, or there were many like them")
                    .tag("cause", cause)
                    .register(registry);
        }

        /// Lines that the log did not take.
        public long dropped() {
            return writer.dropped();
        }

        @Override
        public void close() {
            writer.close();
        }
    }
}
