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
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RetentionAdmin;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// `/v1/registry/models/{name}:prune` and `.../holds`: which old versions go, and which must not.
///
/// Immutable.
public final class RetentionFrontend implements Frontend {
    private static final String MODEL = "/v1/registry/models/{name}";
    private static final String HOLD = MODEL + "/holds/{number}";
    private static final String KEEP = "keep";
    private static final String DRY_RUN = "dryRun";
    private static final String REASON = "reason";
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound admin = routes.needing(Scope.ADMIN);
        RetentionAdmin registry = context.backend().registry();
        admin.verb(
                MODEL,
                "prune",
                new BlockingService(context.threads(), (request, whole) -> prune(registry, request, whole)));
        routes.managing()
                .get(
                        MODEL + "/holds",
                        new BlockingService(context.threads(), (request, _) -> holds(registry, name(request))));
        admin.route()
                .put(HOLD)
                .build(new BlockingService(context.threads(), (request, whole) -> hold(registry, request, whole)));
        admin.route()
                .delete(HOLD)
                .build(new BlockingService(context.threads(), (request, _) -> release(registry, request)));
    }

    private static ModelName name(ServiceRequestContext request) {
        return new ModelName(Callers.tenant(request), PathParams.get(request, "name"));
    }

    private static ModelRef.Numbered version(ServiceRequestContext request) {
        String number = PathParams.get(request, "number");
        if (!NUMBER.matcher(number).matches()) {
            throw new RegistryException.VersionNotFound(
                    "version: " + Words.quoted(number) + " (expected: a version's number)");
        }
        return new ModelRef.Numbered(name(request), Long.parseLong(number));
    }

    /// Nothing is removed unless the request says so in so many words.
    private static HttpResponse prune(
            RetentionAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelName name = name(request);
        Options options = new Options(Set.of(KEEP, DRY_RUN));
        options.addJson(Json.readObject("body", whole.content().array()));
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
        ModelRef.Numbered version = version(request);
        Options options = new Options(Set.of(REASON));
        options.addJson(Json.readObject("body", whole.content().array()));
        registry.hold(
                version,
                options.text(REASON)
                        .orElseThrow(() -> RequestRules.invalid(REASON, "reason (expected: why it must stay)")));
        return holds(registry, version.name());
    }

    private static HttpResponse release(RetentionAdmin registry, ServiceRequestContext request) {
        ModelRef.Numbered version = version(request);
        registry.release(version);
        return holds(registry, version.name());
    }
}
