package dev.firstpass.server.frontend.xanylabeling;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import java.util.List;

/// Failures as X-AnyLabeling's own server tells them, but with a status: its client takes a failure told with 200 for an image
/// without findings, and shows its user any other.
///
/// Stateless.
public final class XAnyLabelingErrors implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of(XAnyLabelingFrontend.ROOT);
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        ObjectNode body = Json.object().put("success", false);
        ObjectNode error = body.putObject("error");
        error.put("code", failure.reason().name());
        error.put("message", failure.detail());
        error.putObject("details").put("requestId", requestId);
        return body;
    }
}
