package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;

/// `/v1/registry/audit`: who changed what.
///
/// Immutable.
public final class AuditFrontend implements Frontend {
    private static final String AFTER = "after";
    private static final String LIMIT = "limit";
    private static final long USUAL_LINES = 100;
    private static final long MOST_LINES = 1000;

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        RegistryAdmin registry = context.backend().registry();
        routes.needing(Scope.ADMIN)
                .blocking(context.threads())
                .get("/v1/registry/audit", (request, _) -> audit(registry, request));
    }

    private static HttpResponse audit(RegistryAdmin registry, ServiceRequestContext request) {
        Options options = Options.ofQuery(request.queryParams(), AFTER, LIMIT);
        long after = options.within(AFTER, 0, 0, Long.MAX_VALUE);
        int most = (int) options.within(LIMIT, USUAL_LINES, 1, MOST_LINES);
        return Json.response(HttpStatus.OK, json(registry.audit(Callers.tenant(request), after, most)));
    }

    private static ObjectNode json(AuditPage page) {
        ObjectNode body = Json.object();
        ArrayNode lines = body.putArray("lines");
        page.lines().forEach(line -> lines.add(json(line)));
        body.putObject("head")
                .put("id", page.head().id())
                .put("hash", page.head().hash());
        return body;
    }

    private static ObjectNode json(AuditLine line) {
        return Json.object()
                .put("id", line.id())
                .put("tenant", line.tenant())
                .put("principal", line.principal())
                .put("at", line.at().toString())
                .put("action", line.action())
                .put("name", line.name())
                .put("subject", line.subject())
                .put("from", line.from())
                .put("to", line.to())
                .put("digest", line.digest())
                .put("result", line.result())
                .put("hash", line.hash());
    }
}
