package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceBindingBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.time.Duration;

/// gRPC on the management listener: `firstpass.v1.Registry`, health and reflection.
///
/// Immutable.
public final class GrpcRegistryFrontend implements Frontend {
    /// A chunk of a bundle, and what stands around it.
    private static final int MAX_MESSAGE_BYTES = (1 << 20) + (64 << 10);

    private static final String REGISTER =
            "/" + RegistryGrpc.getRegisterVersionMethod().getFullMethodName();

    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        GrpcService service = GrpcService.builder()
                .addService(new RegistryService(context))
                .addService(new HealthService(context, RegistryGrpc.SERVICE_NAME))
                .addService(ProtoReflectionServiceV1.newInstance())
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(MAX_MESSAGE_BYTES)
                .exceptionHandler(GrpcFailures::ofThrown)
                .build();
        HttpService named = service.decorate((delegate, request, body) -> {
            RequestNotes.of(request).api(GrpcFrontend.API);
            return delegate.serve(request, body);
        });
        ServiceBindingBuilder streams = listener.route();
        ServiceBindingBuilder calls = listener.route();
        service.routes().forEach(route -> (isStream(route) ? streams : calls).addRoute(route));
        streams.maxRequestLength(0).requestTimeout(Duration.ZERO).build(named);
        calls.maxRequestLength(MAX_MESSAGE_BYTES).build(named);
    }

    /// What may take as long as it likes to come in, or to be watched.
    private static boolean isStream(Route route) {
        return route.paths().contains(REGISTER) || route.paths().contains(GrpcFrontend.HEALTH_WATCH);
    }
}
