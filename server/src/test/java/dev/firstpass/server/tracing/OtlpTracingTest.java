package dev.firstpass.server.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.ObservabilityConfig.Tracing;
import dev.firstpass.server.config.SettingsException;
import dev.firstpass.server.observe.RequestTrace;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a collector gets is in `TracesTest`.
final class OtlpTracingTest {
    /// Nobody listens there.
    private static final Tracing NOBODY = new Tracing(Optional.of(URI.create("http://127.0.0.1:9")));

    @Test
    void settingOfOpenTelemetrys_thatIsNone_isRefusedByItsName() {
        SettingsException refused = assertThrows(
                SettingsException.class, () -> OtlpTracing.of(NOBODY, Map.of("otel.exporter.otlp.timeout", "soon")));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("observability.tracing: "), refused::getMessage);
        assertTrue(String.valueOf(refused.getMessage()).contains("otel.exporter.otlp.timeout"), refused::getMessage);
    }

    @Test
    void traceOfACaller_isGoneOnWith_andCarriedOn() {
        try (OtlpTracing tracing = OtlpTracing.of(NOBODY, Map.of("otel.traces.sampler", "parentbased_always_off"))) {
            String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            RequestTrace trace = tracing.begin(name -> Optional.of(parent).filter(_ -> name.equals("traceparent")));

            assertEquals("0af7651916cd43dd8448eb211c80319c", trace.traceId());
            assertNotEquals("b7ad6b7169203331", trace.spanId());
            assertTrue(trace.isSampled());
            assertEquals(
                    Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-" + trace.spanId() + "-01"),
                    trace.carried());

            RequestTrace garbage = tracing.begin(_ -> Optional.of("00-not-a-trace"));
            assertEquals(32, garbage.traceId().length());
            assertFalse(garbage.isSampled());
        }
    }

    @Test
    @Timeout(60)
    void collectorThatDoesNotAnswer_holdsNobodyUp() {
        long began = System.nanoTime();
        try (OtlpTracing tracing = OtlpTracing.of(NOBODY, Map.of("otel.bsp.max.queue.size", "10"))) {
            for (int i = 0; i < 1000; i++) {
                RequestTrace trace = tracing.begin(_ -> Optional.empty());
                trace.ended("infer", began, System.nanoTime());
                trace.ended(new RequestTrace.End(
                        "POST", "/", "http", "id", Optional.empty(), 200, Optional.empty(), "OK", false));
            }
        }
        assertTrue(System.nanoTime() - began < Duration.ofSeconds(30).toNanos());
    }
}
