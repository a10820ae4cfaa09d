package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RolloutStatus;
import dev.firstpass.server.frontend.Routes;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// `/v1/registry/models/{name}/rollouts/{alias}`: how an alias' requests are split or
/// copied, and how that goes.
///
/// Immutable.
public final class RolloutFrontend implements Frontend {
    private static final String ROLLOUT = RegistryPaths.MODEL + "/rollouts/{alias}";
    private static final String CANARY = "canary";
    private static final String PERCENT = "percent";
    private static final String SHADOW = "shadow";
    private static final String SHADOW_PERCENT = "shadowPercent";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking promote = routes.needing(Scope.PROMOTE).blocking(context.threads());
        RegistryAdmin registry = context.backend().registry();
        RegistryChanges changes = new RegistryChanges(context);
        routes.managing()
                .blocking(context.threads())
                .get(
                        ROLLOUT,
                        (request, _) -> Json.response(
                                HttpStatus.OK, RolloutJson.of(RolloutStatus.of(registry, alias(request)))));
        promote.put(ROLLOUT, (request, whole) -> rollOut(changes, request, whole));
        promote.delete(ROLLOUT, (request, whole) -> end(changes, request, whole));
    }

    private static ModelRef.Aliased alias(ServiceRequestContext request) {
        return new ModelRef.Aliased(RegistryPaths.name(request), PathParams.get(request, "alias"));
    }

    private static HttpResponse rollOut(
            RegistryChanges changes, ServiceRequestContext request, AggregatedHttpRequest whole)
            throws InterruptedException {
        ModelRef.Aliased alias = alias(request);
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        Rollout rollout = rollout(whole);
        return OperationAnswers.answer(
                request, changes.rollOut(RegistryPaths.idempotencyKey(whole.headers()), alias, rollout), wait);
    }

    private static Rollout rollout(AggregatedHttpRequest whole) {
        Options options = Options.ofBody(whole, CANARY, PERCENT, SHADOW, SHADOW_PERCENT);
        OptionalLong canary = version(options, CANARY);
        OptionalLong shadow = version(options, SHADOW);
        if (canary.isPresent() && options.whole(PERCENT).isEmpty()) {
            throw RequestRules.invalid(PERCENT, "percent: none (expected: 0 to 100, of the canary's assets)");
        }
        return new Rollout(canary, (int) options.within(PERCENT, 0, 0, 100), shadow, (int)
                options.within(SHADOW_PERCENT, shadow.isPresent() ? 100 : 0, 0, 100));
    }

    private static OptionalLong version(Options options, String name) {
        return options.whole(name).isPresent()
                ? OptionalLong.of(options.within(name, 0, 1, Long.MAX_VALUE))
                : OptionalLong.empty();
    }

    private static HttpResponse end(RegistryChanges changes, ServiceRequestContext request, AggregatedHttpRequest whole)
            throws InterruptedException {
        ModelRef.Aliased alias = alias(request);
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        return OperationAnswers.answer(
                request, changes.endRollout(RegistryPaths.idempotencyKey(whole.headers()), alias), wait);
    }
}
