package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Access;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.util.Set;

/// gRPC: `firstpass.v1.Prelabels`, health and reflection.
///
/// Immutable.
public final class GrpcFrontend implements Frontend {
    /// This door's name in metrics; its calls are measured here and not by the listener.
    public static final String API = "grpc";

    /// What the paths of the health service begin with.
    public static final String HEALTH = "/" + HealthGrpc.SERVICE_NAME + "/";

    /// A call that only listens.
    static final String HEALTH_WATCH = "/" + HealthGrpc.getWatchMethod().getFullMethodName();

    /// Calls that need not be waited for when the server goes down: who has them open may have nothing to ask.
    public static final Set<String> UNAWAITED = Set.of(
            HEALTH_WATCH,
            "/" + ServerReflectionGrpc.getServerReflectionInfoMethod().getFullMethodName());

    /// What stands around the image in a message.
    private static final int MARGIN_BYTES = 64 << 10;

    /// Calls that live as long as the client likes.
    private static final Set<String> LONG_LIVED =
            Set.of("/" + PrelabelsGrpc.getPrelabelStreamMethod().getFullMethodName(), HEALTH_WATCH);

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Limits limits = context.limits();
        int maxMessageBytes = (int) limits.maxBodyBytes() + MARGIN_BYTES;
        GrpcService service = GrpcService.builder()
                .addService(new PrelabelsService(context))
                .addService(
                        new HealthService(context, PrelabelsGrpc.SERVICE_NAME, GRPCInferenceServiceGrpc.SERVICE_NAME))
                .addService(ProtoReflectionServiceV1.newInstance())
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(maxMessageBytes)
                .exceptionHandler(GrpcFailures::ofThrown)
                .build();
        GrpcAccess.standard()
                .all(PrelabelsGrpc.getServiceDescriptor(), Access.needing(Scope.PRELABEL))
                .bind(routes, service, API, maxMessageBytes, LONG_LIVED, limits.bodyTimeout());
    }
}
