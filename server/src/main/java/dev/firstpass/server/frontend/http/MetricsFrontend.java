package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.Callers;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// `/metrics` in Prometheus' text format, or in OpenMetrics'. One text is made at a time, and all get it that asked before it was
/// begun, so that whoever asks for many keeps neither requests nor other collectors waiting.
///
/// Thread-safe.
public final class MetricsFrontend implements Frontend {
    private final ReentrantLock turn = new ReentrantLock(true);
    /// By format. Guarded by `turn`, and empty when nobody waits.
    private final Map<String, Text> made = new HashMap<>();

    private record Text(long begunNanos, HttpData data) {}

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Metrics metrics = context.backend().metrics();
        routes.with(Access.METRICS).blocking(context.threads()).get("/metrics", (request, http) -> {
            Callers.requireOperator(request);
            return scrape(metrics, format(http.headers()));
        });
    }

    /// OpenMetrics where that is asked for by name, as Prometheus does: it has the names of traces.
    private static String format(RequestHeaders headers) {
        return headers.get("accept", "").contains("application/openmetrics-text")
                ? Metrics.OPEN_METRICS
                : Metrics.TEXT_FORMAT;
    }

    private HttpResponse scrape(Metrics metrics, String format) {
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .set("content-type", format)
                .set("cache-control", "no-store")
                .build();
        return HttpResponse.of(headers, text(metrics, format));
    }

    private HttpData text(Metrics metrics, String format) {
        long asked = System.nanoTime();
        turn.lock();
        try {
            Text text = Optional.ofNullable(made.get(format))
                    .filter(one -> one.begunNanos - asked >= 0)
                    .orElseGet(() -> new Text(System.nanoTime(), HttpData.ofUtf8(metrics.scrape(format))));
            if (turn.hasQueuedThreads()) {
                made.put(format, text);
            } else {
                made.clear();
            }
            return text.data;
        } finally {
            turn.unlock();
        }
    }
}
