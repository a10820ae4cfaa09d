package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.server.ServerBuilder;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.grpc.TensorGrpc;
import java.util.Set;

/// `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC.
///
/// Immutable.
public final class OpenInferenceGrpcFrontend implements Frontend {
    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        TensorGrpc.bind(
                listener,
                context,
                OpenInferenceFrontend.API,
                Set.of(
                        GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName(),
                        GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName()),
                new InferenceService(context));
    }
}
