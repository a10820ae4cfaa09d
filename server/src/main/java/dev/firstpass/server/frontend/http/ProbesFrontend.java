package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.ReadinessProbe;
import dev.firstpass.server.frontend.Routes;

/// `/livez`: the process answers. `/readyz`: requests should be sent here; 503 while models load and while the
/// server goes down. Both say nothing more than yes or no, since anybody may ask.
///
/// Immutable.
public final class ProbesFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        ReadinessProbe readiness = context.readiness();
        routes.open().get("/livez", (_, _) -> answer(HttpStatus.OK, "ok"));
        routes.open()
                .get(
                        "/readyz",
                        (_, _) -> readiness.isReady()
                                ? answer(HttpStatus.OK, "ok")
                                : answer(HttpStatus.SERVICE_UNAVAILABLE, "not ready"));
    }

    private static HttpResponse answer(HttpStatus status, String text) {
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .contentType(MediaType.PLAIN_TEXT_UTF_8)
                .set("cache-control", "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.ofUtf8(text + "\n"));
    }
}
