package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.logging.RequestLog;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.config.RequestLines;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.logging.LogFields;
import dev.firstpass.server.logging.Logs;
import dev.firstpass.server.security.Callers;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line of the log for each request, or each that failed: which route, how it ended, and what it took. Of what the caller
/// sent, it has the method, and the id where that is well formed; never the path, the query, a header or the body.
///
/// Thread-safe.
final class RequestJournal {
    private static final Logger LOG = LoggerFactory.getLogger(Logs.REQUESTS);
    private static final double NANOS_PER_MILLI = 1e6;

    private final RequestLines which;

    RequestJournal(RequestLines which) {
        this.which = which;
    }

    boolean isKept() {
        return which != RequestLines.NONE;
    }

    /// @param code HTTP status or name of the gRPC code
    void ended(ServiceRequestContext context, RequestLog log, RequestNotes notes, String code) {
        boolean hasFailed =
                !notes.outcome().equals("OK") || !(code.equals("OK") || code.startsWith("2") || code.startsWith("3"));
        if (which == RequestLines.FAILED && !hasFailed) {
            return;
        }
        String route = context.config().route().patternString();
        String millis = String.format(Locale.ROOT, "%.1f", log.totalDurationNanos() / NANOS_PER_MILLI);
        try (LogFields _ = LogFields.of(fields(context, notes, route, code, millis))) {
            String text = "request {}: {} {} {} {} in {} ms";
            Object[] parts = {notes.requestId(), context.method(), route, code, notes.outcome(), millis};
            if (which == RequestLines.ALL) {
                LOG.info(text, parts);
            } else {
                LOG.warn(text, parts);
            }
        }
    }

    private static Map<String, String> fields(
            ServiceRequestContext context, RequestNotes notes, String route, String code, String millis) {
        Map<String, String> fields = new TreeMap<>();
        fields.put(LogFields.REQUEST, notes.requestId());
        fields.put(LogFields.REASON, notes.outcome());
        fields.put("method", context.method().name());
        fields.put("route", route);
        fields.put("api", notes.api());
        fields.put("code", code);
        fields.put("millis", millis);
        if (!notes.trace().isEmpty()) {
            fields.put(LogFields.TRACE, notes.trace());
        }
        if (!notes.model().name().isEmpty()) {
            fields.put("model", notes.model().name() + "@" + notes.model().version());
        }
        Callers.find(context).ifPresent(caller -> {
            fields.put("tenant", caller.tenant().value());
            fields.put("principal", caller.principal());
        });
        return fields;
    }
}
