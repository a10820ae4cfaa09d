package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Access;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Who may call which method of gRPC services. A service with a method that stands nowhere in here cannot be bound.
///
/// For the thread that builds a listener.
public final class GrpcAccess {
    /// Of the name of a service, and what stands around it.
    private static final int MAX_PUBLIC_BYTES = 1 << 10;

    /// Path of a method -> who may call it.
    private final Map<String, Access> methods = new HashMap<>();

    /// With what every listener has: health is everybody's, and reflection for those who have a credential.
    public static GrpcAccess standard() {
        return new GrpcAccess()
                .all(HealthGrpc.getServiceDescriptor(), Access.open())
                .all(ServerReflectionGrpc.getServiceDescriptor(), Access.known());
    }

    public GrpcAccess method(Access access, MethodDescriptor<?, ?>... named) {
        for (MethodDescriptor<?, ?> method : named) {
            methods.put("/" + method.getFullMethodName(), access);
        }
        return this;
    }

    /// All methods of a service, also those that it gets later.
    public GrpcAccess all(ServiceDescriptor service, Access access) {
        service.getMethods().forEach(method -> method(access, method));
        return this;
    }

    /// Binds each method of a service for those who may call it.
    ///
    /// @param service whose methods these are
    /// @param api the door's name in metrics
    /// @param maxBytes of a call's messages together; what everybody may call has small ones
    /// @param longLived paths whose calls may take as long and send as many messages as they like
    /// @param patience for a message that has begun, where its call has many
    /// @throws IllegalStateException if nobody has said who may call one of its methods
    public void bind(
            Routes routes, GrpcService service, String api, int maxBytes, Set<String> longLived, Duration patience) {
        HttpService noted = RequestNotes.ofDoor(api, service);
        HttpService watched = new StalledMessages(noted, patience);
        for (Route route : service.routes()) {
            String path = route.paths().iterator().next();
            Access access = Optional.ofNullable(methods.get(path))
                    .orElseThrow(() -> new IllegalStateException(path + ": nobody has said who may call it"));
            boolean isPublic = access instanceof Access.Public;
            boolean isLongLived = longLived.contains(path);
            boolean isStream = !Objects.requireNonNull(service.methodsByRoute().get(route))
                    .getMethodDescriptor()
                    .getType()
                    .clientSendsOneMessage();
            // Of a single message, the time is that of any body; once a call has begun, it has what the client says, or
            // no end.
            routes.with(access)
                    .route()
                    .maxRequestLength(isPublic ? MAX_PUBLIC_BYTES : isLongLived ? 0 : maxBytes)
                    .addRoute(route)
                    .build(isStream ? watched : noted);
        }
    }
}
