package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RetentionAdmin;
import dev.firstpass.server.frontend.Routes;
import java.util.List;
import java.util.TreeMap;

/// `/v1/registry/models/{name}:prune` and `.../holds`: which old versions go, and which must not.
///
/// Immutable.
public final class RetentionFrontend implements Frontend {
    private static final String HOLD = RegistryPaths.MODEL + "/holds/{number}";
    private static final String KEEP = "keep";
    private static final String DRY_RUN = "dryRun";
    private static final String REASON = "reason";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking admin = routes.needing(Scope.ADMIN).blocking(context.threads());
        RetentionAdmin registry = context.backend().registry();
        admin.verb(RegistryPaths.MODEL, "prune", (request, whole) -> prune(registry, request, whole));
        routes.managing()
                .blocking(context.threads())
                .get(RegistryPaths.MODEL + "/holds", (request, _) -> holds(registry, RegistryPaths.name(request)));
        admin.put(HOLD, (request, whole) -> hold(registry, request, whole));
        admin.delete(HOLD, (request, _) -> release(registry, request));
    }

    /// Nothing is removed unless the request says so in so many words.
    private static HttpResponse prune(
            RetentionAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelName name = RegistryPaths.name(request);
        Options options = Options.ofBody(whole, KEEP, DRY_RUN);
        int keep = options.whole(KEEP)
                .filter(number -> number >= 0 && number <= Integer.MAX_VALUE)
                .map(Long::intValue)
                .orElseThrow(() -> RequestRules.invalid(KEEP, "keep (expected: how many versions stay)"));
        boolean isDryRun = options.node(DRY_RUN)
                .map(value -> {
                    if (!value.isBoolean()) {
                        throw RequestRules.invalid(
                                DRY_RUN, "dryRun: " + Json.kind(value) + " (expected: true or false)");
                    }
                    return value.booleanValue();
                })
                .orElse(true);
        // It returns when requests that have the versions have ended.
        request.clearRequestTimeout();
        List<ModelVersion> versions = isDryRun ? registry.removable(name, keep) : registry.prune(name, keep);
        ObjectNode body = Json.object().put(DRY_RUN, isDryRun);
        ArrayNode list = body.putArray("versions");
        versions.forEach(version -> list.add(json(version)));
        return Json.response(HttpStatus.OK, body);
    }

    private static ObjectNode json(ModelVersion version) {
        return Json.object()
                .put("ref", version.ref().toString())
                .put("version", version.number())
                .put("digest", version.digest())
                .put("state", version.state().name())
                .put(
                        "bytes",
                        version.manifest().files().stream()
                                .mapToLong(BundleFile::bytes)
                                .sum());
    }

    private static HttpResponse holds(RetentionAdmin registry, ModelName name) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("holds");
        new TreeMap<>(registry.holds(name))
                .forEach((number, hold) -> list.addObject()
                        .put("ref", new ModelRef.Numbered(name, number).toString())
                        .put("version", number)
                        .put(REASON, hold.reason())
                        .put("since", hold.since().toString()));
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse hold(
            RetentionAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelRef.Numbered version = RegistryPaths.ref(request);
        Options options = Options.ofBody(whole, REASON);
        registry.hold(
                version,
                options.text(REASON)
                        .orElseThrow(() -> RequestRules.invalid(REASON, "reason (expected: why it must stay)")));
        return holds(registry, version.name());
    }

    private static HttpResponse release(RetentionAdmin registry, ServiceRequestContext request) {
        ModelRef.Numbered version = RegistryPaths.ref(request);
        registry.release(version);
        return holds(registry, version.name());
    }
}
