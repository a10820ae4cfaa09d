package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.CredentialWay;

/// `/roboflow/...`: what Roboflow's `inference-sdk` asks an inference server for, with `http://host:8080/roboflow` as its `api_url`,
/// in both of its ways: `/infer/<task>` with JSON, and `/<model>/<version>` with base64. Semantic segmentation, foundation models,
/// workflows, videos and the unloading of models are not served.
///
/// Immutable.
public final class RoboflowFrontend implements Frontend {
    static final String ROOT = "/roboflow";

    /// The key has of old been in the body, of which nothing is read before it is known who asks.
    private static final CredentialWay KEY = CredentialWay.query("api_key")
            .saying("as the header Authorization or as ?api_key=, not in the body:"
                    + " client.configure(InferenceConfiguration(api_key_transport=\"header\"))");

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.carrying(KEY).needing(Scope.PRELABEL);
        PrelabelCalls calls = new PrelabelCalls(context, "roboflow");
        ServedModels models = new ServedModels(context.backend().models());
        Inference inference =
                new Inference(calls, new ModelLabels(context.backend().families()));
        prelabel.get(ROOT + "/info", calls.blocking((_, _) -> Json.response(HttpStatus.OK, models.server())));
        prelabel.get(
                ROOT + "/model/registry",
                calls.blocking((request, _) -> Json.response(HttpStatus.OK, models.all(Callers.tenant(request)))));
        prelabel.route().post(ROOT + "/model/add").build(calls.blocking((request, whole) -> {
            JsonNode body = Json.readObject("body", whole.content().array());
            String id = Options.text("model_id", body.path("model_id"));
            return Json.response(
                    HttpStatus.OK,
                    models.with(
                            Callers.tenant(request),
                            id,
                            calls.model(request, calls.ref(request, ModelId.reference(id)))));
        }));
        for (Task task : Task.values()) {
            calls.post(
                    prelabel,
                    ROOT + "/infer/" + task.path(),
                    calls.blocking((request, whole) -> calls.send(
                            request, Json.aggregated(HttpStatus.OK, inference.answer(request, whole, task)))));
        }
        calls.post(
                prelabel,
                ROOT + "/{model}/{version}",
                calls.blocking((request, whole) ->
                        calls.send(request, Json.aggregated(HttpStatus.OK, inference.answerLegacy(request, whole)))));
    }
}
