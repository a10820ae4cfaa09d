package dev.firstpass.server.frontend.openinference;

import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.grpc.GrpcAccess;
import dev.firstpass.server.frontend.grpc.TensorGrpc;
import dev.firstpass.server.security.Access;
import java.util.Set;

/// `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC.
///
/// Immutable.
public final class OpenInferenceGrpcFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        GrpcAccess access = new GrpcAccess()
                .method(
                        Access.open(),
                        GRPCInferenceServiceGrpc.getServerLiveMethod(),
                        GRPCInferenceServiceGrpc.getServerReadyMethod())
                .method(
                        OpenInferenceFrontend.EITHER,
                        GRPCInferenceServiceGrpc.getModelReadyMethod(),
                        GRPCInferenceServiceGrpc.getServerMetadataMethod(),
                        GRPCInferenceServiceGrpc.getModelMetadataMethod(),
                        GRPCInferenceServiceGrpc.getModelInferMethod(),
                        GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
                        GRPCInferenceServiceGrpc.getModelConfigMethod(),
                        GRPCInferenceServiceGrpc.getModelStatisticsMethod(),
                        GRPCInferenceServiceGrpc.getRepositoryIndexMethod())
                .method(
                        Access.needing(Scope.ADMIN),
                        GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod(),
                        GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod());
        TensorGrpc.bind(
                routes,
                access,
                context,
                OpenInferenceFrontend.API,
                Set.of(
                        GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName(),
                        GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName()),
                Set.of(GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName()),
                new InferenceService(context));
    }
}
