package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.StatusReport;
import dev.firstpass.server.frontend.StatusSource;
import dev.firstpass.server.frontend.WorkerDescription;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import dev.firstpass.server.security.Callers;
import java.time.Duration;
import java.util.TreeMap;

/// `/v1/status`: queues, devices, the processes that models run in, what is in memory, rollouts, and how requests ended.
///
/// Immutable.
public final class StatusFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        StatusSource source = context.backend().status();
        routes.managing()
                .blocking(context.threads())
                .get(
                        "/v1/status",
                        (request, _) -> Json.response(HttpStatus.OK, json(source.now(), Callers.tenant(request))));
    }

    /// Of the versions, rollouts and workers of a tenant; for [Tenant#LOCAL], whose server it is, of all, and of how
    /// requests ended.
    static ObjectNode json(StatusReport report, Tenant tenant) {
        boolean isOperator = tenant.equals(Tenant.LOCAL);
        ObjectNode body = Json.object();
        body.put("uptimeSeconds", report.uptime().toSeconds());
        body.put("ready", report.ready());
        ArrayNode devices = body.putArray("devices");
        if (isOperator) {
            report.devices()
                    .forEach(device -> devices.addObject()
                            .put("id", device.id())
                            .put("budgetBytes", device.budgetBytes())
                            .put("usedBytes", device.usedBytes()));
        }
        ArrayNode workers = body.putArray("workers");
        report.workers().stream()
                .filter(worker -> isOf(worker.group(), tenant))
                .forEach(worker -> workers.add(json(worker)));
        ArrayNode versions = body.putArray("versions");
        report.versions().stream()
                .filter(version -> isOperator || isOwn(version.ref(), tenant))
                .forEach(version -> versions.add(json(version, tenant)));
        ArrayNode rollouts = body.putArray("rollouts");
        report.rollouts().stream()
                .filter(split -> isOperator || isOwn(split.alias(), tenant))
                .forEach(split -> rollouts.add(json(split, tenant)));
        body.set("requests", isOperator ? Json.tree(report.requests()) : Json.object());
        return body;
    }

    private static ObjectNode json(StatusReport.Version version, Tenant reader) {
        ObjectNode json = Json.object();
        json.put("ref", words(version.ref(), reader));
        tenant(json, version.ref(), reader);
        json.put("model", version.ref().name().value());
        json.put("version", version.ref().number());
        json.put("residency", version.residency().name());
        json.set("aliases", Json.tree(version.aliases()));
        json.set("bytes", Json.tree(new TreeMap<>(version.bytes())));
        version.queue().ifPresent(queue -> json.set("queue", json(queue)));
        return json;
    }

    /// As the reader knows it: its own by the name alone, `acme/coco@1` where it is another's.
    private static String words(ModelRef ref, Tenant reader) {
        return isOwn(ref, reader) ? ref.toString() : ref.qualified();
    }

    private static void tenant(ObjectNode json, ModelRef ref, Tenant reader) {
        if (!isOwn(ref, reader)) {
            json.put("tenant", ref.name().tenant().value());
        }
    }

    private static boolean isOwn(ModelRef ref, Tenant reader) {
        return ref.name().tenant().equals(reader);
    }

    private static ObjectNode json(QueueState queue) {
        RunCounts counts = queue.counts();
        return Json.object()
                .put("rows", queue.rows())
                .put("bulkRows", queue.bulkRows())
                .put("bytes", queue.bytes())
                .put("backlogMillis", millis(queue.backlog()))
                .put("oldestMillis", millis(queue.oldest()))
                .put("runs", counts.runs())
                .put("ranRows", counts.rows())
                .put("capacityRows", counts.capacity())
                .put("turnedAway", counts.full() + counts.tenantFull() + counts.late())
                .put("expired", counts.expired())
                .put("cancelled", counts.cancelled());
    }

    private static double millis(Duration time) {
        return time.toNanos() / 1e6;
    }

    private static ObjectNode json(StatusReport.Split split, Tenant reader) {
        ObjectNode json = Json.object().put("alias", words(split.alias(), reader));
        tenant(json, split.alias(), reader);
        json.put("model", split.alias().name().value()).put("stable", split.stable());
        split.rollout()
                .canary()
                .ifPresent(canary -> json.put("canary", canary)
                        .put("percent", split.rollout().percent()));
        split.rollout()
                .shadow()
                .ifPresent(shadow -> json.put("shadow", shadow)
                        .put("shadowPercent", split.rollout().shadowPercent()));
        return json;
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
