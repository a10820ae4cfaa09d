package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.WireFailures;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Failure] as a gRPC status: its code and text, a `google.rpc.ErrorInfo` in the details, and the reason once
/// more in the trailer `firstpass-reason`.
public final class GrpcFailures {
    static final Metadata.Key<String> REASON = Metadata.Key.of("firstpass-reason", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger LOG = LoggerFactory.getLogger(GrpcFailures.class);
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final String DOMAIN = "firstpass";
    private static final Failure TOO_LARGE = Failure.of(Reason.REQUEST_TOO_LARGE, "the message is too large");

    private GrpcFailures() {}

    /// Whether the client speaks gRPC, and so wants its errors that way.
    public static boolean isGrpc(RequestHeaders headers) {
        return headers.get("content-type", "").startsWith("application/grpc");
    }

    static StatusRuntimeException exception(Failure failure, String requestId) {
        return status(failure).asRuntimeException(trailers(failure, requestId));
    }

    /// The same for a protocol that has codes of its own for reasons.
    public static StatusRuntimeException exception(Failure failure, Status.Code code, String requestId) {
        return Status.fromCode(code).withDescription(failure.detail()).asRuntimeException(trailers(failure, requestId));
    }

    /// The answer to a call that was refused before gRPC saw it. Its headers end the stream: with an empty frame of data behind
    /// them, clients made of gRPC's C core (Python, C++, Ruby) would see a broken stream and not the status.
    public static HttpResponse trailersOnly(Failure failure, String requestId) {
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .endOfStream(true)
                .set("content-type", "application/grpc+proto")
                .setInt("grpc-status", status(failure).getCode().value())
                .set("grpc-message", percentEncoded(failure.detail()))
                .set(
                        "grpc-status-details-bin",
                        Base64.getEncoder().withoutPadding().encodeToString(details(failure, requestId)))
                .set("firstpass-reason", failure.reason().name())
                .build();
        return HttpResponse.of(headers);
    }

    /// What the gRPC layer itself, or a method, throws. Fills `trailers`.
    public static Status ofThrown(RequestContext context, Status status, Throwable thrown, Metadata trailers) {
        if (trailers.containsKey(REASON)) {
            return status;
        }
        if (thrown instanceof StatusRuntimeException e && isOurs(e.getTrailers())) {
            trailers.merge(e.getTrailers());
            return e.getStatus();
        }
        ServiceRequestContext service = Objects.requireNonNull(context.root(), "a server's context is its own root");
        RequestNotes notes = RequestNotes.of(service);
        Failure failure = ofWire(service, status, thrown);
        notes.failed(failure.reason());
        Faults.log(LOG, notes, failure, thrown);
        trailers.merge(trailers(failure, notes.requestId()));
        // An unknown method keeps its code, which tools look for; everything else has the reason's own.
        return status.getCode() == Status.Code.UNIMPLEMENTED
                ? Status.UNIMPLEMENTED.withDescription(failure.detail())
                : status(failure);
    }

    private static boolean isOurs(@Nullable Metadata trailers) {
        return trailers != null && trailers.containsKey(REASON);
    }

    private static Failure ofWire(ServiceRequestContext context, Status status, Throwable thrown) {
        boolean fromGrpc = thrown instanceof StatusRuntimeException || thrown instanceof StatusException;
        boolean unreadable = thrown instanceof InvalidProtocolBufferException
                || thrown.getCause() instanceof InvalidProtocolBufferException;
        if (unreadable) {
            return Failure.of(Reason.ARGUMENT_INVALID, "the message is not well formed");
        }
        return switch (status.getCode()) {
            case UNIMPLEMENTED -> Failure.of(Reason.ROUTE_NOT_FOUND, "no such service or method");
            case RESOURCE_EXHAUSTED -> TOO_LARGE;
            case INVALID_ARGUMENT -> Failure.of(Reason.ARGUMENT_INVALID, "the message is not well formed");
            case CANCELLED -> Failure.of(Reason.CANCELLED, "the client went away");
            default ->
                fromGrpc
                        ? Failures.of(new IllegalStateException("gRPC status " + status.getCode()))
                        : WireFailures.of(context, thrown);
        };
    }

    /// What ended a call whose single message did not come as it should, before its method was called; empty where it was something
    /// else.
    public static Optional<Failure> beforeTheCall(Throwable thrown) {
        return Failures.unwrapped(thrown) instanceof StatusRuntimeException e
                ? switch (e.getStatus().getCode()) {
                    case RESOURCE_EXHAUSTED -> Optional.of(TOO_LARGE);
                    case DEADLINE_EXCEEDED ->
                        Optional.of(Failure.of(Reason.REQUEST_TIMEOUT, "the message did not arrive in time"));
                    default -> Optional.empty();
                }
                : Optional.empty();
    }

    static Status status(Failure failure) {
        return Status.fromCode(Status.Code.valueOf(failure.reason().grpcCode())).withDescription(failure.detail());
    }

    private static Metadata trailers(Failure failure, String requestId) {
        Metadata trailers = new Metadata();
        trailers.put(REASON, failure.reason().name());
        trailers.put(DETAILS, details(failure, requestId));
        return trailers;
    }

    private static byte[] details(Failure failure, String requestId) {
        ErrorInfo.Builder info = ErrorInfo.newBuilder()
                .setReason(failure.reason().name())
                .setDomain(DOMAIN)
                .putMetadata("requestId", requestId);
        failure.field().ifPresent(field -> info.putMetadata("field", field));
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(status(failure).getCode().value())
                .setMessage(failure.detail())
                .addDetails(Any.pack(info.build()));
        failure.retryAfter()
                .ifPresent(wait -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(AnswerMessages.duration(wait))
                        .build())));
        return status.build().toByteArray();
    }

    /// As in the protocol's `grpc-message`: printable ASCII as it is, but `%`; everything else as bytes of UTF-8.
    private static String percentEncoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b <= 0x7E && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
