package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RequestRules;
import java.util.Optional;
import java.util.Set;

/// `/v1/registry/models/{name}/rollouts/{alias}`: how an alias' requests are split.
///
/// Immutable.
public final class RolloutFrontend implements Frontend {
    private static final String ROLLOUT = "/v1/registry/models/{name}/rollouts/{alias}";
    private static final String CANARY = "canary";
    private static final String PERCENT = "percent";

    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        RegistryAdmin registry = context.backend().registry();
        Routes.get(
                listener,
                ROLLOUT,
                new BlockingService(context.threads(), (request, _) -> rollout(registry, alias(request))));
        listener.route()
                .put(ROLLOUT)
                .build(new BlockingService(context.threads(), (request, whole) -> rollOut(registry, request, whole)));
        listener.route()
                .delete(ROLLOUT)
                .build(new BlockingService(context.threads(), (request, _) -> end(registry, alias(request))));
    }

    private static ModelRef.Aliased alias(ServiceRequestContext request) {
        return new ModelRef.Aliased(new ModelName(PathParams.get(request, "name")), PathParams.get(request, "alias"));
    }

    private static HttpResponse rollOut(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelRef.Aliased alias = alias(request);
        Options options = new Options(Set.of(CANARY, PERCENT));
        options.addJson(Json.readObject("body", whole.content().array()));
        long canary = options.whole(CANARY)
                .filter(number -> number > 0)
                .orElseThrow(() -> RequestRules.invalid(CANARY, "canary (expected: a version's number)"));
        int percent = options.whole(PERCENT)
                .filter(number -> number >= 0 && number <= 100)
                .map(Long::intValue)
                .orElseThrow(() -> RequestRules.invalid(PERCENT, "percent (expected: 0 to 100)"));
        // It returns when the canary is loaded.
        request.clearRequestTimeout();
        registry.rollOut(alias.name(), alias.alias(), new Rollout(canary, percent));
        return Json.response(HttpStatus.OK, OperationAnswers.withBehind(state(registry, alias), registry.behind()));
    }

    private static HttpResponse end(RegistryAdmin registry, ModelRef.Aliased alias) {
        registry.endRollout(alias.name(), alias.alias());
        return Json.response(HttpStatus.OK, OperationAnswers.withBehind(state(registry, alias), registry.behind()));
    }

    private static HttpResponse rollout(RegistryAdmin registry, ModelRef.Aliased alias) {
        return Json.response(HttpStatus.OK, state(registry, alias));
    }

    private static ObjectNode state(RegistryAdmin registry, ModelRef.Aliased alias) {
        ObjectNode body = Json.object();
        Optional.ofNullable(registry.aliases(alias.name()).get(alias.alias()))
                .ifPresent(stable -> body.put("stable", stable));
        registry.rollout(alias.name(), alias.alias())
                .ifPresent(rollout -> body.put(CANARY, rollout.canary()).put(PERCENT, rollout.percent()));
        if (body.isEmpty()) {
            throw new RegistryException.VersionNotFound(alias + ": no such alias");
        }
        return body;
    }
}
