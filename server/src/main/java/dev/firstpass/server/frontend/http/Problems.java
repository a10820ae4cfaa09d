package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.firstpass.server.failure.Failure;

/// A [Failure] as `application/problem+json` (RFC 9457).
public final class Problems {
    private Problems() {}

    /// @param status of the answer; usually the reason's own
    public static AggregatedHttpResponse response(HttpStatus status, Failure failure, String requestId) {
        ResponseHeadersBuilder headers = ResponseHeaders.builder(status)
                .set("content-type", "application/problem+json")
                .set("cache-control", "no-store")
                .set("x-content-type-options", "nosniff")
                .set("x-request-id", requestId);
        failure.retryAfter().ifPresent(wait -> headers.setLong("retry-after", wholeSeconds(wait.toMillis())));
        return AggregatedHttpResponse.of(headers.build(), HttpData.wrap(Json.bytes(body(status, failure, requestId))));
    }

    /// Of a failure that is told of inside another answer.
    static ObjectNode body(Failure failure, String id) {
        return body(HttpStatus.valueOf(failure.reason().httpStatus()), failure, id);
    }

    private static ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        ObjectNode body = Json.object();
        body.put("type", "urn:firstpass:problem:" + failure.reason().name());
        body.put("title", failure.reason().cause());
        body.put("status", status.code());
        body.put("detail", failure.detail());
        body.put("reason", failure.reason().name());
        body.put("retryable", failure.reason().retryable());
        failure.field().ifPresent(field -> body.put("field", field));
        body.put("requestId", requestId);
        return body;
    }

    /// `Retry-After` has no fractions; sooner than asked for would be too soon.
    private static long wholeSeconds(long millis) {
        return Math.max(1, Math.ceilDiv(millis, 1000));
    }
}
