package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class InferenceFailuresTest {
    private static final InferenceFailures FORM = new InferenceFailures();

    @ParameterizedTest
    @CsvSource({
        "ARGUMENT_INVALID, 400, INVALID_ARGUMENT",
        "MODEL_NOT_FOUND, 404, NOT_FOUND",
        "VERSION_NOT_FOUND, 404, NOT_FOUND",
        "OVERLOADED, 503, UNAVAILABLE",
        "QUOTA_EXCEEDED, 429, RESOURCE_EXHAUSTED",
        "DEADLINE_EXCEEDED, 503, UNAVAILABLE",
        "MODEL_NOT_READY, 503, UNAVAILABLE",
        "DRAINING, 503, UNAVAILABLE",
        "INPUT_QUARANTINED, 400, INVALID_ARGUMENT",
        "MODEL_FAILED, 500, INTERNAL",
        "NOT_SUPPORTED, 501, UNIMPLEMENTED",
    })
    void reasons_haveTheProtocolsCodes(Reason reason, int status, Status.Code code) {
        assertEquals(HttpStatus.valueOf(status), FORM.status(reason));
        assertEquals(code, InferenceFailures.grpcCode(reason));
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void everyReason_hasAStatusAndACode(Reason reason) {
        assertTrue(FORM.status(reason).code() >= 400);
        assertNotEquals(Status.Code.OK, InferenceFailures.grpcCode(reason));
    }

    @Test
    void response_isWhatClientsRead() {
        var response =
                FORM.response(HttpStatus.SERVICE_UNAVAILABLE, Failure.overloaded("the queue is \"full\""), "id-1");
        assertEquals("{\"error\":\"the queue is \\\"full\\\"\",\"code\":\"OVERLOADED\"}", response.contentUtf8());
        assertEquals("1", response.headers().get("retry-after"));
        assertEquals("id-1", response.headers().get("x-request-id"));
    }

    @Test
    void isPath_theProtocolsOnly() {
        assertTrue(FORM.isPath("/v2"));
        assertTrue(FORM.isPath("/v2/health/live"));
        assertTrue(FORM.isPath("/v2?x"));
        assertFalse(FORM.isPath("/v20"));
        assertFalse(FORM.isPath("/v1/models"));
        assertFalse(FORM.isPath("/"));
    }
}
