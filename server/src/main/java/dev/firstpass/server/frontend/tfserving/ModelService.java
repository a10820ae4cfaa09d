package dev.firstpass.server.frontend.tfserving;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.tensorflow.serving.GetModelStatusRequest;
import dev.firstpass.proto.tensorflow.serving.GetModelStatusResponse;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.ReloadConfigRequest;
import dev.firstpass.proto.tensorflow.serving.ReloadConfigResponse;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.grpc.UnaryReply;
import dev.firstpass.server.security.Callers;
import io.grpc.stub.StreamObserver;

/// The service `tensorflow.serving.ModelService`: models are looked at, and change through the registry alone.
///
/// Thread-safe. Called on event loops.
final class ModelService extends ModelServiceGrpc.ModelServiceImplBase {
    private final RequestThreads threads;
    private final ModelStates states;

    ModelService(FrontendContext context) {
        this.threads = context.threads();
        this.states = new ModelStates(context.backend());
    }

    @Override
    public void getModelStatus(GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes.of(context).bodyRead();
        UnaryReply<GetModelStatusResponse> reply = new UnaryReply<>(context, observer, TfServingErrors::grpcCode);
        reply.follow(threads.run(
                context,
                () -> states.of(Spec.of(Callers.tenant(context), request.hasModelSpec(), request.getModelSpec())
                        .target())));
    }

    @Override
    public void handleReloadConfigRequest(ReloadConfigRequest request, StreamObserver<ReloadConfigResponse> observer) {
        new UnaryReply<>(ServiceRequestContext.current(), observer, TfServingErrors::grpcCode)
                .fail(TfServingFrontend.notServed("HandleReloadConfigRequest"));
    }
}
