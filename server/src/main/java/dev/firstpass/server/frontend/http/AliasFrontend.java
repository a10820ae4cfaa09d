package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import java.time.Duration;
import java.util.Optional;

/// `/v1/registry/models/{name}/aliases/{alias}`: what an alias means, moving it, and rolling it back.
///
/// Immutable.
public final class AliasFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking promote = routes.needing(Scope.PROMOTE).blocking(context.threads());
        RegistryAdmin registry = context.backend().registry();
        RegistryChanges changes = new RegistryChanges(context);
        routes.managing()
                .blocking(context.threads())
                .get(RegistryPaths.ALIAS, (request, whole) -> alias(registry, request, whole));
        promote.put(RegistryPaths.ALIAS, (request, whole) -> move(changes, request, whole));
        promote.verb(RegistryPaths.ALIAS, "rollback", (request, whole) -> rollBack(changes, request, whole));
    }

    private static HttpResponse alias(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelRef.Aliased ref = new ModelRef.Aliased(RegistryPaths.name(request), PathParams.get(request, "alias"));
        long version = Optional.ofNullable(registry.entry(ref.name()).aliases().get(ref.alias()))
                .orElseThrow(() -> new RegistryException.VersionNotFound(ref + ": no such alias"));
        ObjectNode body = Json.object().put("alias", ref.alias()).put("version", version);
        return EntityTags.response(whole.headers(), Long.toString(version), body);
    }

    private static HttpResponse move(
            RegistryChanges changes, ServiceRequestContext request, AggregatedHttpRequest whole)
            throws InterruptedException {
        ModelName name = RegistryPaths.name(request);
        String alias = PathParams.get(request, "alias");
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        Options options = Options.ofBody(whole, "version");
        long version = options.whole("version")
                .filter(number -> number > 0)
                .orElseThrow(() -> RequestRules.invalid("version", "version (expected: a version's number)"));
        return OperationAnswers.answer(
                request,
                changes.moveAlias(
                        RegistryPaths.idempotencyKey(whole.headers()),
                        name,
                        alias,
                        version,
                        RegistryPaths.expected(whole.headers())),
                wait);
    }

    private static HttpResponse rollBack(
            RegistryChanges changes, ServiceRequestContext request, AggregatedHttpRequest whole)
            throws InterruptedException {
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        return OperationAnswers.answer(
                request,
                changes.rollBack(
                        RegistryPaths.idempotencyKey(whole.headers()),
                        RegistryPaths.name(request),
                        PathParams.get(request, "alias"),
                        RegistryPaths.expected(whole.headers())),
                wait);
    }
}
