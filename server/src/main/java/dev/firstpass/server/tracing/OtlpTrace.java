package dev.firstpass.server.tracing;

import dev.firstpass.server.observe.RequestTrace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// One request's spans. Its attributes are names of OpenTelemetry's conventions where those have one, and hold what the
/// server chose: never a path, a query, a header's text or anything of an asset.
///
/// Thread-safe.
final class OtlpTrace implements RequestTrace {
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> RPC_SYSTEM = AttributeKey.stringKey("rpc.system");
    private static final AttributeKey<String> RPC_STATUS = AttributeKey.stringKey("firstpass.grpc.status");
    private static final AttributeKey<String> API = AttributeKey.stringKey("firstpass.api");
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey("firstpass.model");
    private static final AttributeKey<String> REQUEST = AttributeKey.stringKey("firstpass.request.id");

    private final Tracer tracer;
    private final Span server;
    private final Context context;
    private final long beganMillis;
    private final long beganNanos;

    /// @param server the request's span, which this ends
    /// @param beganMillis when that was, by the wall clock
    /// @param beganNanos the same moment, as `System.nanoTime` tells
    OtlpTrace(Tracer tracer, Span server, long beganMillis, long beganNanos) {
        this.tracer = tracer;
        this.server = server;
        this.context = Context.root().with(server);
        this.beganMillis = beganMillis;
        this.beganNanos = beganNanos;
    }

    @Override
    public String traceId() {
        return server.getSpanContext().getTraceId();
    }

    @Override
    public String spanId() {
        return server.getSpanContext().getSpanId();
    }

    @Override
    public boolean isSampled() {
        return server.getSpanContext().isSampled();
    }

    @Override
    public Map<String, String> carried() {
        Map<String, String> headers = new HashMap<>();
        W3CTraceContextPropagator.getInstance()
                .inject(
                        context,
                        headers,
                        (map, name, value) -> Objects.requireNonNull(map).put(name, value));
        return headers;
    }

    @Override
    public void ended(String stage, long began, long ended) {
        if (ended > began && server.isRecording()) {
            tracer.spanBuilder(stage)
                    .setParent(context)
                    .setStartTimestamp(epochNanos(began), TimeUnit.NANOSECONDS)
                    .startSpan()
                    .end(epochNanos(ended), TimeUnit.NANOSECONDS);
        }
    }

    private long epochNanos(long nanos) {
        return TimeUnit.MILLISECONDS.toNanos(beganMillis) + (nanos - beganNanos);
    }

    @Override
    public void ended(End end) {
        if (server.isRecording()) {
            server.updateName(end.method() + " " + end.route());
            server.setAttribute(METHOD, end.method());
            server.setAttribute(ROUTE, end.route());
            server.setAttribute(STATUS, (long) end.httpStatus());
            server.setAttribute(API, end.api());
            server.setAttribute(REQUEST, end.requestId());
            end.model().ifPresent(model -> server.setAttribute(MODEL, model));
            end.grpcStatus().ifPresent(status -> {
                server.setAttribute(RPC_SYSTEM, "grpc");
                server.setAttribute(RPC_STATUS, status);
            });
            if (!end.reason().equals("OK")) {
                server.setAttribute(ERROR, end.reason());
            }
            if (end.isFault()) {
                server.setStatus(StatusCode.ERROR, end.reason());
            }
        }
        server.end();
    }
}
