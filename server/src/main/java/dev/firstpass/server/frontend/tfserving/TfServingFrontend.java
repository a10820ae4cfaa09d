package dev.firstpass.server.frontend.tfserving;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.ModelVersionStatus;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.WholeBodyService;
import dev.firstpass.server.frontend.grpc.GrpcAccess;
import dev.firstpass.server.frontend.grpc.TensorGrpc;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Access;
import java.util.List;
import java.util.Set;

/// TensorFlow Serving: `/tfs/v1/models/...` as its own server has it at `/v1/models/...`, and its gRPC services. What of it is not
/// served says so.
///
/// Immutable.
public final class TfServingFrontend implements Frontend {
    static final String ROOT = "/tfs";

    /// This door's name in metrics, over HTTP and gRPC.
    private static final String API = "tfserving";

    private static final List<String> MODEL = List.of(
            ROOT + "/v1/models/{name}",
            ROOT + "/v1/models/{name}/versions/{version}",
            ROOT + "/v1/models/{name}/labels/{label}");

    private static final Access EITHER = Access.needing(Scope.PRELABEL, Scope.TENSORS);

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound tensors = routes.needing(Scope.TENSORS);
        // Those who ask for pre-labels may ask as well whether a model is there.
        Routes.Bound either = routes.with(EITHER);
        PredictRoute predict = new PredictRoute(context);
        TensorCalls calls = new TensorCalls(context);
        ModelStates states = new ModelStates(context.backend());
        for (String model : MODEL) {
            either.get(model, blocking(context, request -> status(states, request)));
            tensors.get(model + "/metadata", blocking(context, request -> metadata(calls, request)));
            tensors.verb(model, "predict", context.limits().maxBodyBytes(), noted(new WholeBodyService(predict)));
            for (String verb : List.of("classify", "regress")) {
                tensors.verb(model, verb, noted((_, _) -> {
                    throw notServed(verb);
                }));
            }
        }
        GrpcAccess access = new GrpcAccess()
                .all(PredictionServiceGrpc.getServiceDescriptor(), Access.needing(Scope.TENSORS))
                .all(ModelServiceGrpc.getServiceDescriptor(), EITHER)
                .method(Access.needing(Scope.ADMIN), ModelServiceGrpc.getHandleReloadConfigRequestMethod());
        TensorGrpc.bind(
                routes,
                access,
                context,
                API,
                Set.of(PredictionServiceGrpc.getPredictMethod().getFullMethodName()),
                Set.of(),
                new PredictionService(context),
                new ModelService(context));
    }

    /// @param method as the protocol calls it
    static FailureException notServed(String method) {
        return Failure.of(Reason.NOT_SUPPORTED, method + " is not served (expected: Predict)")
                .asException();
    }

    private static HttpService noted(HttpService service) {
        return RequestNotes.ofDoor(API, service);
    }

    private static HttpService blocking(FrontendContext context, Handler handler) {
        return noted(new BlockingService(context.threads(), (request, _) -> handler.handle(request)));
    }

    private static HttpResponse status(ModelStates states, ServiceRequestContext request) {
        ObjectNode body = Json.object();
        ArrayNode versions = body.putArray("model_version_status");
        for (ModelVersionStatus status : states.of(Spec.target(request)).getModelVersionStatusList()) {
            versions.addObject()
                    .put("version", Long.toString(status.getVersion()))
                    .put("state", status.getState().name())
                    .putObject("status")
                    .put("error_code", status.getStatus().getErrorCode().name())
                    .put("error_message", status.getStatus().getErrorMessage());
        }
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse metadata(TensorCalls calls, ServiceRequestContext request) {
        TensorTarget target = Spec.target(request);
        TensorModel model = calls.describe(request, target);
        ObjectNode body = Json.object();
        body.putObject("model_spec")
                .put("name", target.name())
                .put("signature_name", "")
                .put("version", Long.toString(model.version().number()));
        ObjectNode signature = body.putObject("metadata")
                .putObject(PredictionService.SIGNATURES)
                .putObject(PredictionService.SIGNATURES)
                .putObject(Signatures.name(model));
        tensors(signature.putObject("inputs"), model.signature().inputs());
        tensors(signature.putObject("outputs"), model.signature().outputs());
        signature.put("method_name", Signatures.METHOD);
        return Json.response(HttpStatus.OK, body);
    }

    private static void tensors(ObjectNode named, List<TensorInfo> tensors) {
        for (TensorInfo info : tensors) {
            ObjectNode tensor = named.putObject(info.name());
            tensor.put("dtype", DataTypes.of(info.type()).name());
            ObjectNode shape = tensor.putObject("tensor_shape");
            ArrayNode dims = shape.putArray("dim");
            info.shape()
                    .extents()
                    .forEach(extent ->
                            dims.addObject().put("size", Long.toString(extent)).put("name", ""));
            shape.put("unknown_rank", false);
            tensor.put("name", info.name());
        }
    }

    @FunctionalInterface
    private interface Handler {
        HttpResponse handle(ServiceRequestContext request) throws Exception;
    }
}
