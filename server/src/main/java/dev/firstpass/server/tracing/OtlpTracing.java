package dev.firstpass.server.tracing;

import dev.firstpass.server.config.ObservabilityConfig.Tracing;
import dev.firstpass.server.config.SettingsException;
import dev.firstpass.server.observe.RequestTrace;
import dev.firstpass.server.observe.RequestTracing;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Traces by OpenTelemetry's SDK, which sends them by OTLP over HTTP. It reads the usual `OTEL_...` variables: the
/// collector, its headers, the service's name, the share of requests that is sampled. Context comes and goes as W3C's
/// `traceparent`; baggage, which may be anything, is neither read nor carried on.
///
/// Nothing of OpenTelemetry is loaded before one is made.
public final class OtlpTracing implements RequestTracing {
    private static final String SCOPE = "dev.firstpass";
    private static final String SERVICE = "otel.service.name";
    private static final long CLOSING_SECONDS = 5;

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;
    private final W3CTraceContextPropagator propagator = W3CTraceContextPropagator.getInstance();

    private OtlpTracing(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer(SCOPE);
    }

    /// Begins to send traces.
    ///
    /// @param properties of OpenTelemetry that stand above the environment, for tests
    /// @throws SettingsException if one of OpenTelemetry's own settings is none; its name is in the message
    public static OtlpTracing of(Tracing config, Map<String, String> properties) {
        try {
            return new OtlpTracing(AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesCustomizer(given -> properties(config, given))
                    .addPropertiesCustomizer(_ -> properties)
                    .build()
                    .getOpenTelemetrySdk());
        } catch (RuntimeException e) {
            throw new SettingsException("observability.tracing: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> properties(Tracing config, ConfigProperties given) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "otel.traces.exporter", "otlp",
                "otel.metrics.exporter", "none",
                "otel.logs.exporter", "none",
                "otel.exporter.otlp.protocol", "http/protobuf",
                "otel.exporter.otlp.traces.protocol", "http/protobuf"));
        if (given.getString(SERVICE) == null) {
            properties.put(SERVICE, "firstpass");
        }
        config.endpoint().ifPresent(endpoint -> properties.put("otel.exporter.otlp.endpoint", endpoint.toString()));
        return properties;
    }

    @Override
    public RequestTrace begin(Function<String, Optional<String>> header) {
        Context caller = propagator.extract(Context.root(), header, HeaderGetter.INSTANCE);
        return new OtlpTrace(
                tracer,
                tracer.spanBuilder("request")
                        .setParent(caller)
                        .setSpanKind(SpanKind.SERVER)
                        .startSpan(),
                System.currentTimeMillis(),
                System.nanoTime());
    }

    @Override
    public void close() {
        var _ = sdk.shutdown().join(CLOSING_SECONDS, TimeUnit.SECONDS);
    }

    private enum HeaderGetter implements TextMapGetter<Function<String, Optional<String>>> {
        INSTANCE;

        @Override
        public @Nullable String get(@Nullable Function<String, Optional<String>> header, String key) {
            return header == null ? null : header.apply(key).orElse(null);
        }
    }
}
