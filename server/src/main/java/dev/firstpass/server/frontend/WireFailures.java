package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.TimeoutException;
import com.linecorp.armeria.common.stream.AbortedStreamException;
import com.linecorp.armeria.common.stream.CancelledSubscriptionException;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestCancellationException;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import org.jspecify.annotations.Nullable;

/// What the wire library throws, and else what [Failures] knows.
public final class WireFailures {
    /// Nobody reads an answer to that.
    public static final Failure DRAINING = Failure.of(Reason.DRAINING, "the server is going down");
    public static final Failure GONE = Failure.of(Reason.CANCELLED, "the client went away");

    private WireFailures() {}

    public static Failure of(ServiceRequestContext context, Throwable thrown) {
        return switch (Failures.unwrapped(thrown)) {
            case ContentTooLargeException e ->
                Failure.of(
                        Reason.REQUEST_TOO_LARGE,
                        "the body is too large (expected: at most " + e.maxContentLength() + " bytes)");
            case TimeoutException _ -> ofTimeout(RequestNotes.of(context));
            case ClosedSessionException _,
                    ClosedStreamException _,
                    AbortedStreamException _,
                    CancelledSubscriptionException _,
                    RequestCancellationException _ -> GONE;
            case HttpStatusException e -> ofStatus(e.httpStatus(), null);
            case Throwable other -> Failures.of(other);
        };
    }

    private static Failure ofTimeout(RequestNotes notes) {
        return notes.isBodyRead()
                ? Failure.of(Reason.DEADLINE_EXCEEDED, "the time allowed for this request is over")
                : Failure.of(Reason.REQUEST_TIMEOUT, "the body did not arrive in time");
    }

    /// A refusal of the wire library itself, before any service saw the request.
    ///
    /// @param thrown what it threw, where it says; a guard of ours in front of it has its own words
    public static Failure ofStatus(HttpStatus status, @Nullable Throwable thrown) {
        if (thrown instanceof FailureException e) {
            return e.failure();
        }
        return switch (status.code()) {
            case 404 -> Failure.of(Reason.ROUTE_NOT_FOUND, "nothing is served at this path");
            case 405 -> Failure.of(Reason.METHOD_NOT_ALLOWED, "this path does not take this method");
            case 408 -> Failure.of(Reason.REQUEST_TIMEOUT, "the request did not arrive in time");
            case 413 ->
                thrown instanceof ContentTooLargeException e
                        ? Failure.of(
                                Reason.REQUEST_TOO_LARGE,
                                "the body is too large (expected: at most " + e.maxContentLength() + " bytes)")
                        : Failure.of(Reason.REQUEST_TOO_LARGE, "the body is too large");
            case 414 -> Failure.of(Reason.REQUEST_TOO_LARGE, "the request line is too long");
            case 431 -> Failure.of(Reason.REQUEST_TOO_LARGE, "the headers are too large");
            case 415 -> Failure.of(Reason.MEDIA_TYPE_UNSUPPORTED, "the body's media type is not read here");
            case 499 -> GONE;
            case 503 -> DRAINING;
            default ->
                status.isClientError()
                        ? Failure.of(Reason.ARGUMENT_INVALID, "the request is not well-formed HTTP")
                        : Failures.of(new IllegalStateException("HTTP status " + status.code()));
        };
    }
}
