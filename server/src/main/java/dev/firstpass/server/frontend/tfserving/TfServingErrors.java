package dev.firstpass.server.frontend.tfserving;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Json;
import io.grpc.Status;
import java.util.List;

/// Failures as clients of TensorFlow Serving know them: `{"error": ...}`, and its codes where it has some for the same: a full
/// queue is UNAVAILABLE, and what is wrong with a request or the state that it expects is 400.
///
/// Stateless.
public final class TfServingErrors implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of(TfServingFrontend.ROOT);
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        return Json.object()
                .put("error", failure.detail())
                .put("code", failure.reason().name());
    }

    @Override
    public HttpStatus status(Reason reason) {
        return switch (reason) {
            case OVERLOADED -> HttpStatus.SERVICE_UNAVAILABLE;
            case PRECONDITION_FAILED -> HttpStatus.BAD_REQUEST;
            default -> HttpStatus.valueOf(reason.httpStatus() == 422 ? 400 : reason.httpStatus());
        };
    }

    static Status.Code grpcCode(Reason reason) {
        return reason == Reason.OVERLOADED ? Status.Code.UNAVAILABLE : Status.Code.valueOf(reason.grpcCode());
    }
}
