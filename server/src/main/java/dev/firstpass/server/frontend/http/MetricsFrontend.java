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

/// `/metrics` in Prometheus' text format, or in OpenMetrics'.
///
/// Immutable.
public final class MetricsFrontend implements Frontend {
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

    private static HttpResponse scrape(Metrics metrics, String format) {
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .set("content-type", format)
                .set("cache-control", "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.ofUtf8(metrics.scrape(format)));
    }
}
