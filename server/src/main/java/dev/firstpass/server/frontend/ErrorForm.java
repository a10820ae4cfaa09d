package dev.firstpass.server.frontend;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.List;

/// How a protocol over HTTP tells of failures, whoever failed: one for the paths of each protocol, in the list of
/// `listen.ErrorRenderer`.
///
/// Stateless.
public interface ErrorForm {
    /// Where the protocol's paths begin: each of them, and what is below it. `/` is for all paths.
    List<String> roots();

    /// Whether a path is one of the protocol's.
    ///
    /// @param path maybe with its query, and maybe of no route
    default boolean isPath(String path) {
        return roots().stream().anyMatch(root -> root.equals("/") || isBelow(root, path));
    }

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
    private static boolean isBelow(String root, String path) {
        return path.startsWith(root)
                && (path.length() == root.length() || "/?".indexOf(path.charAt(root.length())) >= 0);
    }

    /// `Retry-After` has no fractions; sooner than asked for would be too soon.
    private static long wholeSeconds(long millis) {
        return Math.max(1, Math.ceilDiv(millis, 1000));
    }
}
