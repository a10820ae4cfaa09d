package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.grpc.GrpcAccess;
import dev.firstpass.server.frontend.grpc.GrpcFailures;
import dev.firstpass.server.security.Access;

/// `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC.
///
/// Immutable.
public final class OpenInferenceGrpcFrontend implements Frontend {
    /// What stands around the tensors in a message.
    private static final int MARGIN_BYTES = 64 << 10;

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        int maxMessageBytes = (int) context.limits().maxBodyBytes() + MARGIN_BYTES;
        GrpcService service = GrpcService.builder()
                .addService(new InferenceService(context))
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(maxMessageBytes)
                // Tensors stay where the wire has put them until they are copied into the slab.
                .unsafeWrapRequestBuffers(true)
                .exceptionHandler(GrpcFailures::ofThrown)
                .build();
        HttpService named = service.decorate((delegate, request, body) -> {
            RequestNotes.of(request).api(OpenInferenceFrontend.API);
            return delegate.serve(request, body);
        });
        new GrpcAccess()
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
                        GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod())
                .bind(routes, service, named, (_, binding) -> binding.maxRequestLength(maxMessageBytes));
    }
}
