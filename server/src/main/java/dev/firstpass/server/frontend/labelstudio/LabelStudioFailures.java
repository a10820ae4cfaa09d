package dev.firstpass.server.frontend.labelstudio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import java.util.List;

/// Failures as Label Studio's own kit for backends tells of them, `{"status": ..., "detail": ...}`, with our reason beside it.
///
/// Stateless.
public final class LabelStudioFailures implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of(LabelStudioFrontend.ROOT);
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        ObjectNode body = Json.object();
        body.put("status", status.code());
        tell(body, failure);
        return body.put("requestId", requestId);
    }

    /// Adds what a failure says to whatever tells of it.
    static void tell(ObjectNode body, Failure failure) {
        body.put("detail", failure.detail());
        body.put("reason", failure.reason().name());
        body.put("retryable", failure.reason().retryable());
        failure.field().ifPresent(field -> body.put("field", field));
    }
}
