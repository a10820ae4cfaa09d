package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import com.linecorp.armeria.unsafe.grpc.GrpcUnsafeBufferUtil;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import io.grpc.BindableService;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.stream.Collectors;

/// How gRPC services whose messages carry raw tensors are bound: as large as a body may be, and without a copy on the way in. What a
/// message lies in is given back by nobody but us: a method that reads tensors does it when these are taken in, for all others it is
/// done here.
public final class TensorGrpc {
    /// What stands around the tensors in a message.
    private static final int MARGIN_BYTES = 64 << 10;

    private TensorGrpc() {}

    /// @param access of each method
    /// @param api the door's name in metrics
    /// @param readers full names of the methods that give back what their requests lie in
    /// @param longLived full names of those whose calls may take as long and send as many messages as they like
    public static void bind(
            Routes routes,
            GrpcAccess access,
            FrontendContext context,
            String api,
            Set<String> readers,
            Set<String> longLived,
            BindableService... services) {
        int maxMessageBytes = (int) context.limits().maxBodyBytes() + MARGIN_BYTES;
        GrpcServiceBuilder builder = GrpcService.builder()
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(maxMessageBytes)
                // Tensors stay where the wire has put them until they are copied into the slab.
                .unsafeWrapRequestBuffers(true)
                .intercept(new GivingBack(readers))
                .exceptionHandler(GrpcFailures::ofThrown);
        for (BindableService service : services) {
            builder.addService(LentMessages.of(service));
        }
        access.bind(
                routes,
                builder.build(),
                api,
                maxMessageBytes,
                longLived.stream().map(method -> "/" + method).collect(Collectors.toUnmodifiableSet()),
                context.limits().bodyTimeout());
    }

    /// Ends the loan of a message that has no tensors as soon as it is read: texts and numbers were copied then. And of one that
    /// could not be read, whose call is refused.
    ///
    /// @param readers that do it themselves
    private record GivingBack(Set<String> readers) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            ServerCall.Listener<Q> listener = next.startCall(call, headers);
            boolean isReader = readers.contains(call.getMethodDescriptor().getFullMethodName());
            ServiceRequestContext context = ServiceRequestContext.current();
            return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
                @Override
                public void onMessage(Q message) {
                    boolean isUnreadable = LentMessages.isUnreadable(message);
                    if (isUnreadable || !isReader) {
                        GrpcUnsafeBufferUtil.releaseBuffer(message, context);
                    }
                    if (isUnreadable) {
                        throw Status.INTERNAL
                                .withDescription("Invalid protobuf byte sequence")
                                .withCause(new InvalidProtocolBufferException("no message"))
                                .asRuntimeException();
                    }
                    super.onMessage(message);
                }
            };
        }
    }
}
