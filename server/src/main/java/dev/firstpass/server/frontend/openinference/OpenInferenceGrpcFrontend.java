package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceBindingBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.grpc.GrpcFailures;

/// `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC.
///
/// Immutable.
public final class OpenInferenceGrpcFrontend implements Frontend {
    /// What stands around the tensors in a message.
    private static final int MARGIN_BYTES = 64 << 10;

    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
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
        ServiceBindingBuilder binding = listener.route();
        service.routes().forEach(binding::addRoute);
        binding.maxRequestLength(maxMessageBytes).build(named);
    }
}
