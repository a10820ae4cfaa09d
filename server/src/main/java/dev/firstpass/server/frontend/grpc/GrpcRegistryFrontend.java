package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Access;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.Set;

/// gRPC on the management listener: `firstpass.v1.Registry`, health and reflection.
///
/// Immutable.
public final class GrpcRegistryFrontend implements Frontend {
    /// A chunk of a bundle, and what stands around it.
    private static final int MAX_MESSAGE_BYTES = (1 << 20) + (64 << 10);

    /// What may take as long as it likes to come in, or to be watched.
    private static final Set<String> LONG_LIVED =
            Set.of("/" + RegistryGrpc.getRegisterVersionMethod().getFullMethodName(), GrpcFrontend.HEALTH_WATCH);

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        GrpcService service = GrpcService.builder()
                .addService(new RegistryService(context))
                .addService(new HealthService(context, RegistryGrpc.SERVICE_NAME))
                .addService(ProtoReflectionServiceV1.newInstance())
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(MAX_MESSAGE_BYTES)
                .exceptionHandler(GrpcFailures::ofThrown)
                .build();
        Access readers = Access.needing(Scope.REGISTER, Scope.PROMOTE, Scope.ADMIN);
        GrpcAccess.standard()
                .method(
                        readers,
                        RegistryGrpc.getListModelsMethod(),
                        RegistryGrpc.getGetModelMethod(),
                        RegistryGrpc.getListVersionsMethod(),
                        RegistryGrpc.getGetVersionMethod(),
                        RegistryGrpc.getGetRolloutMethod(),
                        RegistryGrpc.getListProjectsMethod(),
                        RegistryGrpc.getGetProjectMethod(),
                        RegistryGrpc.getGetOperationMethod(),
                        RegistryGrpc.getListOperationsMethod())
                .method(Access.needing(Scope.REGISTER), RegistryGrpc.getRegisterVersionMethod())
                .method(
                        Access.needing(Scope.PROMOTE),
                        RegistryGrpc.getMoveAliasMethod(),
                        RegistryGrpc.getRollBackMethod(),
                        RegistryGrpc.getRetireVersionMethod(),
                        RegistryGrpc.getSetRolloutMethod(),
                        RegistryGrpc.getEndRolloutMethod(),
                        RegistryGrpc.getSetProjectMethod(),
                        RegistryGrpc.getValidateProjectMethod())
                .method(Access.needing(Scope.ADMIN), RegistryGrpc.getListAuditMethod())
                .bind(
                        routes,
                        service,
                        GrpcFrontend.API,
                        MAX_MESSAGE_BYTES,
                        LONG_LIVED,
                        context.limits().bodyTimeout());
    }
}
