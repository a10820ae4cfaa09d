package dev.firstpass.server.frontend;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;

/// How a protocol over HTTP tells of failures, whoever failed: one for the paths of each protocol, in the list of
/// `listen.ErrorRenderer`.
///
/// Stateless.
public interface ErrorForm {
    /// Whether a path is one of the protocol's.
    ///
    /// @param path maybe with its query, and maybe of no route
    boolean isPath(String path);

    /// The status of a request that failed for that reason.
    default HttpStatus status(Reason reason) {
        return HttpStatus.valueOf(reason.httpStatus());
    }

    default String mediaType() {
        return "application/json";
    }

    /// @param status of the answer
    ObjectNode body(HttpStatus status, Failure failure, String requestId);

    default AggregatedHttpResponse response(HttpStatus status, Failure failure, String requestId) {
        ResponseHeadersBuilder headers = ResponseHeaders.builder(status)
                .set("content-type", mediaType())
                .set("cache-control", "no-store")
                .set("x-content-type-options", "nosniff")
                .set("x-request-id", requestId);
        failure.retryAfter().ifPresent(wait -> headers.setLong("retry-after", wholeSeconds(wait.toMillis())));
        return AggregatedHttpResponse.of(headers.build(), HttpData.wrap(Json.bytes(body(status, failure, requestId))));
    }

    /// Whether `path` is `root` or below it.
    static boolean isBelow(String root, String path) {
        return path.startsWith(root)
                && (path.length() == root.length() || "/?".indexOf(path.charAt(root.length())) >= 0);
    }

    /// `Retry-After` has no fractions; sooner than asked for would be too soon.
    private static long wholeSeconds(long millis) {
        return Math.max(1, Math.ceilDiv(millis, 1000));
    }
}
