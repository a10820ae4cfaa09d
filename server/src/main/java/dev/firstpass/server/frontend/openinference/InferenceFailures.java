package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;

/// Failures as clients of the Open Inference Protocol know them: `{"error": ...}`, and the statuses that other servers
/// give for what is refused for lack of time or room.
///
/// Pure functions.
public final class InferenceFailures {
    private InferenceFailures() {}

    /// Whether a path is one of the protocol's, so that its errors are told this way.
    public static boolean isPath(String path) {
        return path.startsWith("/v2") && (path.length() == 3 || path.charAt(3) == '/' || path.charAt(3) == '?');
    }

    /// @param requestId for the header, so that an answer is found in the log
    public static AggregatedHttpResponse response(HttpStatus status, Failure failure, String requestId) {
        ObjectNode body = Descriptions.object();
        body.put("error", failure.detail());
        body.put("code", failure.reason().name());
        ResponseHeadersBuilder headers = ResponseHeaders.builder(status)
                .set("content-type", "application/json")
                .set("cache-control", "no-store")
                .set("x-content-type-options", "nosniff")
                .set("x-request-id", requestId);
        failure.retryAfter()
                .ifPresent(wait -> headers.setLong("retry-after", Math.max(1, Math.ceilDiv(wait.toMillis(), 1000))));
        return AggregatedHttpResponse.of(headers.build(), HttpData.wrap(Descriptions.bytes(body)));
    }

    public static HttpStatus status(Reason reason) {
        return switch (reason) {
            case OVERLOADED, QUOTA_EXCEEDED, DEADLINE_EXCEEDED -> HttpStatus.SERVICE_UNAVAILABLE;
            default -> HttpStatus.valueOf(reason.httpStatus() == 422 ? 400 : reason.httpStatus());
        };
    }

    /// Name of the constant of `io.grpc.Status.Code`.
    static String grpcCode(Reason reason) {
        return switch (reason) {
            case OVERLOADED, QUOTA_EXCEEDED, DEADLINE_EXCEEDED -> "UNAVAILABLE";
            default -> reason.grpcCode();
        };
    }
}
