package dev.firstpass.server.frontend.cvat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import java.util.List;

/// Failures as a Nuclio dashboard tells them. CVAT passes the status on to its page, and nothing else.
///
/// Stateless.
public final class CvatErrors implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of("/api/functions", "/api/function_invocations");
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        return Json.object()
                .put("error", failure.detail())
                .put("reason", failure.reason().name())
                .put("requestId", requestId);
    }
}
