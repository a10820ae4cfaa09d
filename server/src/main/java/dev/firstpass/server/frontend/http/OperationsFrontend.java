package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Operation;
import dev.firstpass.server.frontend.Operations;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import java.time.Duration;
import java.util.Optional;

/// `/v1/registry/operations`: long work on the registry, under way and ended.
///
/// Immutable.
public final class OperationsFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking readers = routes.managing().blocking(context.threads());
        Operations operations = context.operations();
        readers.get(RegistryPaths.OPERATIONS, (request, _) -> list(operations, Callers.tenant(request)));
        readers.get(RegistryPaths.OPERATIONS + "/{id}", (request, _) -> one(operations, request));
    }

    private static HttpResponse list(Operations operations, Tenant tenant) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("operations");
        operations.list(tenant).forEach(operation -> list.add(brief(operation)));
        return Json.response(HttpStatus.OK, body);
    }

    /// Without what came of it.
    private static ObjectNode brief(Operation operation) {
        ObjectNode json = OperationAnswers.json(operation);
        json.remove("result");
        return json;
    }

    /// A failed operation is no failed request. With `wait` the answer comes when it has ended, or the time is over.
    private static HttpResponse one(Operations operations, ServiceRequestContext request) throws InterruptedException {
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        Operation operation = operations.find(Callers.tenant(request), PathParams.get(request, "id"));
        if (wait.isPresent()) {
            request.clearRequestTimeout();
            operation.awaitEnd(wait.get());
        }
        return Json.response(HttpStatus.OK, OperationAnswers.json(operation));
    }
}
