package dev.firstpass.server.frontend;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.logging.LogFields;
import org.slf4j.Logger;

/// How requests that failed through the server's own fault are logged, whichever door they came by: with the request's id,
/// the reason, and the trace where there is one.
public final class Faults {
    private Faults() {}

    /// Does nothing where it is not the server's fault.
    public static void log(Logger log, RequestNotes notes, Failure failure, Throwable thrown) {
        log(log, notes.requestId(), notes.trace(), failure, thrown);
    }

    /// The same for one of several messages of a call.
    ///
    /// @param trace id of the call's; empty where it has none
    public static void log(Logger log, String requestId, String trace, Failure failure, Throwable thrown) {
        if (!Failures.isFault(failure)) {
            return;
        }
        try (LogFields _ = LogFields.of(requestId, failure.reason(), trace)) {
            log.error("request {} failed: {}", requestId, failure.reason(), Failures.unwrapped(thrown));
        }
    }
}
