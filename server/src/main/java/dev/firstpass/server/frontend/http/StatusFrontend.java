package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.WorkerDescription;
import dev.firstpass.server.frontend.WorkerListing;
import dev.firstpass.server.security.Callers;

/// `/v1/status`: the processes that models run in, and the walls around them.
///
/// Immutable.
public final class StatusFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        WorkerListing workers = context.backend().workers();
        routes.managing()
                .get(
                        "/v1/status",
                        new BlockingService(
                                context.threads(), (request, _) -> status(workers, Callers.tenant(request))));
    }

    private static HttpResponse status(WorkerListing workers, Tenant tenant) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("workers");
        workers.workers().stream()
                .filter(worker -> isOf(worker.group(), tenant))
                .forEach(worker -> list.add(json(worker)));
        return Json.response(HttpStatus.OK, body);
    }

    /// Whether a group is of a tenant's models; for [Tenant#LOCAL], whose server it is, all are.
    private static boolean isOf(String group, Tenant tenant) {
        return tenant.equals(Tenant.LOCAL) || group.equals(tenant.value()) || group.startsWith(tenant + "/");
    }

    private static ObjectNode json(WorkerDescription worker) {
        ObjectNode json = Json.object();
        json.put("group", worker.group());
        json.put("device", worker.device());
        json.put("role", worker.role());
        worker.pid().ifPresent(pid -> json.put("pid", pid));
        json.put("walled", worker.isWalled());
        json.set("proven", Json.tree(worker.proven()));
        json.set("gaps", Json.tree(worker.gaps()));
        return json;
    }
}
