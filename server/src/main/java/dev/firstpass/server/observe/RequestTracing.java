package dev.firstpass.server.observe;

import java.util.Optional;
import java.util.function.Function;

/// Makes the traces of requests.
///
/// Thread-safe. Closing it sends what is not sent yet, for a few seconds at most.
public interface RequestTracing extends AutoCloseable {
    /// Begins the trace of a request that has just come.
    ///
    /// @param header gives a header line by its name in lower case; `traceparent` and `tracestate` are asked for
    RequestTrace begin(Function<String, Optional<String>> header);

    @Override
    void close();
}
