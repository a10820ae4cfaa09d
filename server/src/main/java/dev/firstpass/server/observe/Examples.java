package dev.firstpass.server.observe;

import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/// Tells the histograms whose request they are just counting: only while that is counted is its trace on the thread.
///
/// Thread-safe.
final class Examples implements SpanContext {
    private static final ThreadLocal<@Nullable RequestTrace> CURRENT = new ThreadLocal<>();

    void during(RequestTrace trace, Runnable counting) {
        CURRENT.set(trace);
        try {
            counting.run();
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public @Nullable String getCurrentTraceId() {
        RequestTrace trace = CURRENT.get();
        return trace == null ? null : trace.traceId();
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        RequestTrace trace = CURRENT.get();
        return trace == null ? null : trace.spanId();
    }

    @Override
    public boolean isCurrentSpanSampled() {
        RequestTrace trace = CURRENT.get();
        return trace != null && trace.isSampled();
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        // What is sampled is sent anyhow.
    }
}
