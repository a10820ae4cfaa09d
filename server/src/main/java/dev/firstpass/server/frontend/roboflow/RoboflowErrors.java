package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import java.util.List;

/// Failures as Roboflow's servers tell them: their client shows `message`.
///
/// Stateless.
public final class RoboflowErrors implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of(RoboflowFrontend.ROOT);
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        return Json.object()
                .put("message", failure.reason().name() + ": " + failure.detail())
                .put("reason", failure.reason().name())
                .put("requestId", requestId);
    }
}
