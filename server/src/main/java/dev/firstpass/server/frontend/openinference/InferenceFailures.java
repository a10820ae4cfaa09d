package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.ErrorForm;
import io.grpc.Status;
import java.util.List;

/// Failures as clients of the Open Inference Protocol know them: `{"error": ...}`, and the statuses that other servers
/// give for what is refused for lack of time or room.
///
/// Stateless.
public final class InferenceFailures implements ErrorForm {
    @Override
    public List<String> roots() {
        return List.of("/v2");
    }

    @Override
    public ObjectNode body(HttpStatus status, Failure failure, String requestId) {
        return Descriptions.object()
                .put("error", failure.detail())
                .put("code", failure.reason().name());
    }

    @Override
    public HttpStatus status(Reason reason) {
        return switch (reason) {
            case OVERLOADED, DEADLINE_EXCEEDED -> HttpStatus.SERVICE_UNAVAILABLE;
            default -> HttpStatus.valueOf(reason.httpStatus() == 422 ? 400 : reason.httpStatus());
        };
    }

    static Status.Code grpcCode(Reason reason) {
        return switch (reason) {
            case OVERLOADED, DEADLINE_EXCEEDED -> Status.Code.UNAVAILABLE;
            default -> Status.Code.valueOf(reason.grpcCode());
        };
    }
}
