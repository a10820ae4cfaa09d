package dev.firstpass.server.logging;

import dev.firstpass.server.failure.Reason;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.MDC;

/// What a line of the log has beside its text, so that it can be looked for: the request's id, the reason, the trace. They
/// are on the thread (SLF4J's MDC) only while the line is written; requests that log nothing cost nothing.
///
/// For one thread: the one that opened it closes it.
public final class LogFields implements AutoCloseable {
    public static final String REQUEST = "requestId";
    public static final String REASON = "reason";
    public static final String TRACE = "traceId";

    private final Map<String, String> fields;

    private LogFields(Map<String, String> fields) {
        this.fields = fields;
        fields.forEach(MDC::put);
    }

    /// Of lines of a request that failed.
    ///
    /// @param trace its id; empty where it has none
    public static LogFields of(String request, Reason reason, String trace) {
        Map<String, String> fields = new TreeMap<>(Map.of(REQUEST, request, REASON, reason.name()));
        if (!trace.isEmpty()) {
            fields.put(TRACE, trace);
        }
        return of(fields);
    }

    public static LogFields of(Map<String, String> fields) {
        return new LogFields(fields);
    }

    @Override
    public void close() {
        fields.keySet().forEach(MDC::remove);
    }
}
