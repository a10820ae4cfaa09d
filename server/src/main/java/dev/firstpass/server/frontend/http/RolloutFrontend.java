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
import java.util.OptionalLong;
import java.util.Set;

/// `/v1/registry/models/{name}/rollouts/{alias}`: how an alias' requests are split or
/// copied, and how that goes.
///
/// Immutable.
public final class RolloutFrontend implements Frontend {
    private static final String ROLLOUT = "/v1/registry/models/{name}/rollouts/{alias}";
    private static final String CANARY = "canary";
    private static final String PERCENT = "percent";
    private static final String SHADOW = "shadow";
    private static final String SHADOW_PERCENT = "shadowPercent";

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
        Options options = new Options(Set.of(CANARY, PERCENT, SHADOW, SHADOW_PERCENT));
        options.addJson(Json.readObject("body", whole.content().array()));
        OptionalLong canary = version(options, CANARY);
        OptionalLong shadow = version(options, SHADOW);
        if (canary.isPresent() && options.whole(PERCENT).isEmpty()) {
            throw RequestRules.invalid(PERCENT, "percent: none (expected: 0 to 100, of the canary's assets)");
        }
        Rollout rollout = new Rollout(canary, (int) options.within(PERCENT, 0, 0, 100), shadow, (int)
                options.within(SHADOW_PERCENT, shadow.isPresent() ? 100 : 0, 0, 100));
        // It returns when the canary and the shadow are loaded.
        request.clearRequestTimeout();
        registry.rollOut(alias.name(), alias.alias(), rollout);
        return Json.response(HttpStatus.OK, OperationAnswers.withBehind(state(registry, alias), registry.behind()));
    }

    private static OptionalLong version(Options options, String name) {
        return options.whole(name).isPresent()
                ? OptionalLong.of(options.within(name, 0, 1, Long.MAX_VALUE))
                : OptionalLong.empty();
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
        registry.rollout(alias.name(), alias.alias()).ifPresent(rollout -> {
            rollout.canary().ifPresent(canary -> body.put(CANARY, canary).put(PERCENT, rollout.percent()));
            rollout.shadow().ifPresent(shadow -> body.put(SHADOW, shadow).put(SHADOW_PERCENT, rollout.shadowPercent()));
        });
        if (body.isEmpty()) {
            throw new RegistryException.VersionNotFound(alias + ": no such alias");
        }
        registry.rolloutReport(alias).ifPresent(report -> RolloutJson.add(body, report));
        return body;
    }
}
