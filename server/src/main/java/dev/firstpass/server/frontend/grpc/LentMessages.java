package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.AbstractParser;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/// Messages that stay in the buffer that they came in, also those that cannot be read.
///
/// The wire library lends a message its buffer once it has been read; where that fails it forgets the buffer, which is then lost, as much as
/// a message may have for each one that somebody sends. So reading never fails here: of bytes that are no message comes an empty one
/// with a mark, which gets the buffer like any other, and gives it back.
///
/// Pure functions.
final class LentMessages {
    /// The greatest number that a field may have; whoever sends a message with it is refused as well.
    private static final int MARK = (1 << 29) - 1;

    private static final UnknownFieldSet MARKED = UnknownFieldSet.newBuilder()
            .addField(MARK, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();

    private LentMessages() {}

    /// The same service, whose calls get [unreadable][#isUnreadable] messages where bytes are none.
    static ServerServiceDefinition of(BindableService service) {
        ServerServiceDefinition bound = service.bindService();
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(
                        bound.getServiceDescriptor().getName())
                .setSchemaDescriptor(bound.getServiceDescriptor().getSchemaDescriptor());
        bound.getMethods().forEach(method -> descriptor.addMethod(lenient(method.getMethodDescriptor())));
        ServiceDescriptor described = descriptor.build();
        ServerServiceDefinition.Builder lenient = ServerServiceDefinition.builder(described);
        described.getMethods().forEach(method -> add(lenient, bound, method));
        return lenient.build();
    }

    /// Both have the same types of messages.
    @SuppressWarnings("unchecked")
    private static <Q, A> void add(
            ServerServiceDefinition.Builder lenient, ServerServiceDefinition bound, MethodDescriptor<Q, A> method) {
        ServerMethodDefinition<Q, A> definition =
                (ServerMethodDefinition<Q, A>) bound.getMethod(method.getFullMethodName());
        lenient.addMethod(method, definition.getServerCallHandler());
    }

    /// Whether this stands for bytes that are no message. It is to be given back, and its call to be refused.
    static boolean isUnreadable(Object message) {
        return message instanceof Message read && read.getUnknownFields().hasField(MARK);
    }

    private static <Q, A> MethodDescriptor<Q, A> lenient(MethodDescriptor<Q, A> method) {
        return method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<Q> strict
                        && strict.getMessagePrototype() instanceof Message prototype
                ? method.toBuilder()
                        .setRequestMarshaller(new Lenient<>(strict, lenient(prototype)))
                        .build()
                : method;
    }

    /// The library asks the marshaller for an empty message, and that for its parser.
    private static Message lenient(Message prototype) {
        Parser<Message> parser = new LenientParser(prototype);
        return (Message) Proxy.newProxyInstance(
                Message.class.getClassLoader(),
                new Class<?>[] {Message.class},
                (_, method, arguments) ->
                        method.getName().equals("getParserForType") ? parser : invoke(prototype, method, arguments));
    }

    private static Object invoke(Message prototype, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(prototype, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private record Lenient<Q>(MethodDescriptor.PrototypeMarshaller<Q> strict, Message prototype)
            implements MethodDescriptor.PrototypeMarshaller<Q> {
        @Override
        @SuppressWarnings("unchecked")
        public Q getMessagePrototype() {
            return (Q) prototype;
        }

        @Override
        public Class<Q> getMessageClass() {
            return strict.getMessageClass();
        }

        @Override
        public InputStream stream(Q value) {
            return strict.stream(value);
        }

        @Override
        public Q parse(InputStream stream) {
            return strict.parse(stream);
        }
    }

    private static final class LenientParser extends AbstractParser<Message> {
        private final Message prototype;

        LenientParser(Message prototype) {
            this.prototype = prototype;
        }

        @Override
        public Message parsePartialFrom(CodedInputStream input, ExtensionRegistryLite extensions)
                throws InvalidProtocolBufferException {
            try {
                Message message = prototype.getParserForType().parsePartialFrom(input, extensions);
                input.checkLastTagWas(0);
                return message;
            } catch (InvalidProtocolBufferException _) {
                end(input);
                return prototype.newBuilderForType().setUnknownFields(MARKED).build();
            }
        }

        /// As after a message that was read to its end.
        private static void end(CodedInputStream input) throws InvalidProtocolBufferException {
            try {
                var _ = input.pushLimit(0);
                var _ = input.readTag();
            } catch (IOException e) {
                throw new InvalidProtocolBufferException(e);
            }
        }
    }
}
