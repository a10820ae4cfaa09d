package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceBindingBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import io.grpc.BindableService;

/// How gRPC services whose messages carry raw tensors are bound: as large as a body may be, and without a copy on the way in.
public final class TensorGrpc {
    /// What stands around the tensors in a message.
    private static final int MARGIN_BYTES = 64 << 10;

    private TensorGrpc() {}

    /// @param api the door's name in metrics
    public static void bind(ServerBuilder listener, FrontendContext context, String api, BindableService... services) {
        int maxMessageBytes = (int) context.limits().maxBodyBytes() + MARGIN_BYTES;
        GrpcServiceBuilder builder = GrpcService.builder()
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(maxMessageBytes)
                // Tensors stay where the wire has put them until they are copied into the slab.
                .unsafeWrapRequestBuffers(true)
                .exceptionHandler(GrpcFailures::ofThrown);
        for (BindableService service : services) {
            builder.addService(service);
        }
        GrpcService service = builder.build();
        HttpService named = service.decorate((delegate, request, body) -> {
            RequestNotes.of(request).api(api);
            return delegate.serve(request, body);
        });
        ServiceBindingBuilder binding = listener.route();
        service.routes().forEach(binding::addRoute);
        binding.maxRequestLength(maxMessageBytes).build(named);
    }
}
