package dev.firstpass.server.config;

import java.net.URI;
import java.util.Optional;

/// What a server tells of itself, beside its metrics.
///
/// Immutable.
///
/// @param tritonNames whether metrics are told under Triton's names too
/// @param logFormat of the server's log
/// @param requestLines which requests are logged one by one
/// @param tracing where traces go; empty where none are made
public record ObservabilityConfig(
        boolean tritonNames, LogFormat logFormat, RequestLines requestLines, Optional<Tracing> tracing) {
    /// Nothing that costs anything.
    public static final ObservabilityConfig STANDARD =
            new ObservabilityConfig(false, LogFormat.TEXT, RequestLines.NONE, Optional.empty());

    /// The same with other lines of requests.
    public ObservabilityConfig with(RequestLines other) {
        return new ObservabilityConfig(tritonNames, logFormat, other, tracing);
    }

    /// The same with traces.
    public ObservabilityConfig with(Tracing other) {
        return new ObservabilityConfig(tritonNames, logFormat, requestLines, Optional.of(other));
    }

    /// Traces by OTLP. What is not said here is what OpenTelemetry's own variables of the environment say.
    ///
    /// @param endpoint of the collector, without a path; empty: `OTEL_EXPORTER_OTLP_ENDPOINT`, else OpenTelemetry's default
    public record Tracing(Optional<URI> endpoint) {}
}
