package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.server.ServerBuilder;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.grpc.TensorGrpc;

/// `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC.
///
/// Immutable.
public final class OpenInferenceGrpcFrontend implements Frontend {
    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        TensorGrpc.bind(listener, context, OpenInferenceFrontend.API, new InferenceService(context));
    }
}
