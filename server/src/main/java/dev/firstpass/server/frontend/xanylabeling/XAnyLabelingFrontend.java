package dev.firstpass.server.frontend.xanylabeling;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.OfferedModels;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.ReadinessProbe;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.CredentialWay;

/// `/x-anylabeling/...`: what X-AnyLabeling's remote model asks its server for. Models that classify images are not listed, since
/// its client takes shapes only. Videos, text prompts and tasks are not served.
///
/// Immutable.
public final class XAnyLabelingFrontend implements Frontend {
    static final String ROOT = "/x-anylabeling";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.carrying(CredentialWay.header("token")).needing(Scope.PRELABEL);
        PrelabelCalls calls = new PrelabelCalls(context, "x-anylabeling");
        RemoteModels models = new RemoteModels(
                OfferedModels.of(context), new ModelLabels(context.backend().families()));
        Prediction prediction = new Prediction(calls);
        routes.open().get(ROOT + "/health", calls.blocking((_, _) -> health(context.readiness())));
        prelabel.get(ROOT + "/v1/models", calls.blocking((request, _) -> success(models.all(Callers.tenant(request)))));
        prelabel.get(ROOT + "/v1/models/{id}/info", calls.blocking((request, _) -> {
            String id = PathParams.get(request, "id");
            return success(models.info(id, calls.model(request, calls.ref(request, id))));
        }));
        calls.post(prelabel, ROOT + "/v1/predict", calls.blocking((request, whole) -> {
            ObjectNode data = prediction.answer(request, whole);
            return calls.send(request, Json.aggregated(HttpStatus.OK, envelope(data)));
        }));
    }

    private static HttpResponse health(ReadinessProbe readiness) {
        return readiness.isReady()
                ? Json.response(HttpStatus.OK, Json.object().put("status", "healthy"))
                : Json.response(HttpStatus.SERVICE_UNAVAILABLE, Json.object().put("status", "unhealthy"));
    }

    private static HttpResponse success(ObjectNode data) {
        return Json.response(HttpStatus.OK, envelope(data));
    }

    private static ObjectNode envelope(ObjectNode data) {
        ObjectNode body = Json.object().put("success", true);
        body.set("data", data);
        return body;
    }
}
