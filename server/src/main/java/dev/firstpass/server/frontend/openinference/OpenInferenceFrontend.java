package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.ReadinessProbe;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.Callers;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `/v2/...`: the Open Inference Protocol over HTTP. What of it is not served says so.
///
/// Immutable.
public final class OpenInferenceFrontend implements Frontend {
    /// This door's name in metrics, over HTTP and gRPC.
    public static final String API = "oip";

    private static final List<String> MODEL = List.of("/v2/models/{name}", "/v2/models/{name}/versions/{version}");

    private static final List<String> READ_ONLY_LATER = List.of(
            "/v2/systemsharedmemory/status",
            "/v2/systemsharedmemory/region/{name}/status",
            "/v2/cudasharedmemory/status",
            "/v2/cudasharedmemory/region/{name}/status");

    private static final List<String> READ_OR_WRITE_LATER =
            List.of("/v2/logging", "/v2/trace/setting", "/v2/models/{name}/trace/setting");

    private static final List<String> WRITE_ONLY_LATER = List.of(
            "/v2/systemsharedmemory/unregister",
            "/v2/systemsharedmemory/region/{name}/register",
            "/v2/systemsharedmemory/region/{name}/unregister",
            "/v2/cudasharedmemory/unregister",
            "/v2/cudasharedmemory/region/{name}/register",
            "/v2/cudasharedmemory/region/{name}/unregister");

    /// Which of the two scopes a model needs, its name says: `coco.prelabels` or `coco`.
    static final Access EITHER = Access.needing(Scope.PRELABEL, Scope.TENSORS);

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Backend backend = context.backend();
        ReadinessProbe readiness = context.readiness();
        Routes.Bound models = routes.with(EITHER);
        get(models, "/v2", (_, _) -> json(Descriptions.server()));
        get(
                routes.open(),
                "/v2/health/live",
                (_, _) -> json(Descriptions.object().put("live", true)));
        get(routes.open(), "/v2/health/ready", (_, _) -> ready(Descriptions.object(), readiness.isReady()));
        InferService infer = new InferService(context);
        for (String model : MODEL) {
            get(models, model, blocking(context, request -> metadata(context, request)));
            get(
                    models,
                    model + "/stats",
                    blocking(
                            context,
                            request -> json(Statistics.json(
                                    Statistics.of(backend.tensors(), target(request)), Instant.now()))));
            get(models, model + "/config", blocking(context, request -> config(context, request)));
            get(
                    models,
                    model + "/ready",
                    blocking(
                            context,
                            request -> ready(
                                    Descriptions.object()
                                            .put("name", target(request).name()),
                                    readiness.isReady() && backend.tensors().isReady(tensors(request)))));
            models.route()
                    .post(model + "/infer")
                    .maxRequestLength(context.limits().maxBodyBytes())
                    .build(infer);
        }
        get(
                models,
                "/v2/models/stats",
                blocking(
                        context,
                        request -> json(Statistics.json(
                                backend.tensors().statistics(Callers.tenant(request)), Instant.now()))));
        addRepository(routes, context);
        READ_ONLY_LATER.forEach(path -> later(models, path, HttpMethod.GET));
        READ_OR_WRITE_LATER.forEach(path -> later(models, path, HttpMethod.GET, HttpMethod.POST));
        WRITE_ONLY_LATER.forEach(path -> later(models, path, HttpMethod.POST));
    }

    private static void addRepository(Routes routes, FrontendContext context) {
        Routes.Bound admin = routes.needing(Scope.ADMIN);
        Repository repository =
                new Repository(context.backend(), context.limits().timeout());
        post(
                routes.with(EITHER),
                context,
                "/v2/repository/index",
                (request, whole) -> json(RepositoryRequests.json(
                        repository.index(Callers.tenant(request), RepositoryRequests.readyOnly(whole)))));
        post(admin, context, "/v2/repository/models/{name}/load", (request, whole) -> {
            repository.load(Callers.tenant(request), "", target(request).name(), RepositoryRequests.parameters(whole));
            return empty(HttpStatus.OK);
        });
        post(admin, context, "/v2/repository/models/{name}/unload", (request, whole) -> {
            repository.unload(
                    Callers.tenant(request), "", target(request).name(), RepositoryRequests.parameters(whole));
            return empty(HttpStatus.OK);
        });
    }

    private static void post(
            Routes.Bound models, FrontendContext context, String path, BlockingService.Handler handler) {
        models.route().post(path).build(RequestNotes.ofDoor(API, new BlockingService(context.threads(), handler)));
    }

    private static void get(Routes.Bound models, String path, HttpService service) {
        models.get(path, RequestNotes.ofDoor(API, service));
    }

    /// What comes with the rest of the protocol.
    private static void later(Routes.Bound models, String path, HttpMethod... methods) {
        models.route().path(path).methods(methods).build(RequestNotes.ofDoor(API, (_, _) -> {
            throw Wire.notSupported("this part of the protocol is not served");
        }));
    }

    private static HttpService blocking(FrontendContext context, Handler handler) {
        return (ServiceRequestContext request, HttpRequest _) ->
                HttpResponse.of(context.threads().run(request, (Callable<HttpResponse>) () -> handler.handle(request)));
    }

    private static HttpResponse metadata(FrontendContext context, ServiceRequestContext request) {
        TensorTarget target = target(request);
        TensorModel model = describe(context, request, target);
        boolean isNamed = !target.version().isEmpty();
        return json(
                Descriptions.metadata(target.name(), Descriptions.versions(context.backend(), model, isNamed), model));
    }

    private static HttpResponse config(FrontendContext context, ServiceRequestContext request) {
        TensorTarget target = target(request);
        return json(Descriptions.config(target.name(), describe(context, request, target)));
    }

    private static TensorModel describe(FrontendContext context, ServiceRequestContext request, TensorTarget target) {
        return PrelabelModel.is(target)
                ? new PrelabelModel(context).describe(request, target)
                : new TensorCalls(context).describe(request, target);
    }

    static TensorTarget target(ServiceRequestContext request) {
        return new TensorTarget(
                Callers.tenant(request),
                Optional.ofNullable(request.pathParam("name")).orElse(""),
                Optional.ofNullable(request.pathParam("version")).orElse(""));
    }

    /// Of the model whose tensors are run.
    private static TensorTarget tensors(ServiceRequestContext request) {
        TensorTarget target = target(request);
        return PrelabelModel.is(target) ? PrelabelModel.model(target) : target;
    }

    /// Some clients look at the status, others at the body.
    private static HttpResponse ready(ObjectNode body, boolean isReady) {
        return json(isReady ? HttpStatus.OK : HttpStatus.BAD_REQUEST, body.put("ready", isReady));
    }

    private static HttpResponse json(JsonNode body) {
        return json(HttpStatus.OK, body);
    }

    private static HttpResponse json(HttpStatus status, JsonNode body) {
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .set("content-type", "application/json")
                .set("cache-control", "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.wrap(Descriptions.bytes(body)));
    }

    private static HttpResponse empty(HttpStatus status) {
        return HttpResponse.of(
                ResponseHeaders.builder(status).set("cache-control", "no-store").build());
    }

    @FunctionalInterface
    private interface Handler {
        HttpResponse handle(ServiceRequestContext request) throws Exception;
    }
}
