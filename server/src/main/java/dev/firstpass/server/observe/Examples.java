package dev.firstpass.server.observe;

import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/// Tells the histograms whose request they are just counting: only while that is counted is its trace on the thread.
///
/// Thread-safe.
final class Examples implements SpanContext {
    private final ThreadLocal<@Nullable RequestTrace> current = new ThreadLocal<>();

    void during(RequestTrace trace, Runnable counting) {
        current.set(trace);
        try {
            counting.run();
        } finally {
            current.remove();
        }
    }

    @Override
    public @Nullable String getCurrentTraceId() {
        RequestTrace trace = current.get();
        return trace == null ? null : trace.traceId();
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        RequestTrace trace = current.get();
        return trace == null ? null : trace.spanId();
    }

    @Override
    public boolean isCurrentSpanSampled() {
        RequestTrace trace = current.get();
        return trace != null && trace.isSampled();
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        // What is sampled is sent anyhow.
    }
}
