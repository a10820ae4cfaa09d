package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import java.util.List;

/// A [Failure] as `application/problem+json` (RFC 9457).
///
/// Stateless.
public final class Problems implements ErrorForm {
    /// Everywhere but at other protocols' paths.
    @Override
    public List<String> roots() {
        return List.of("/");
    }

    @Override
    public String mediaType() {
        return "application/problem+json";
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        return problem(status, failure, requestId);
    }

    /// Of a failure that is told of inside another answer.
    static ObjectNode body(Failure failure, String id) {
        return problem(HttpStatus.valueOf(failure.reason().httpStatus()), failure, id);
    }

    private static ObjectNode problem(HttpStatus status, Failure failure, String requestId) {
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
}
