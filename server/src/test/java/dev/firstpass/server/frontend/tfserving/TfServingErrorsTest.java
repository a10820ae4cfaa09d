package dev.firstpass.server.frontend.tfserving;

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
import org.junit.jupiter.params.provider.EnumSource;

final class TfServingErrorsTest {
    private static final TfServingErrors FORM = new TfServingErrors();

    @ParameterizedTest
    @EnumSource(Reason.class)
    void everyReason_hasAStatusAndACode(Reason reason) {
        assertTrue(FORM.status(reason).code() >= 400);
        assertNotEquals(Status.Code.OK, TfServingErrors.grpcCode(reason));
    }

    @Test
    void response_isWhatClientsRead() {
        var response =
                FORM.response(HttpStatus.SERVICE_UNAVAILABLE, Failure.overloaded("the queue is \"full\""), "id-1");

        assertEquals("{\"error\":\"the queue is \\\"full\\\"\",\"code\":\"OVERLOADED\"}", response.contentUtf8());
        assertEquals("id-1", response.headers().get("x-request-id"));
    }

    @Test
    void isPath_theProtocolsOnly() {
        assertTrue(FORM.isPath("/tfs/v1/models/coco:predict"));
        assertFalse(FORM.isPath("/tfserving"));
        assertFalse(FORM.isPath("/v1/models/coco:predict"));
    }
}
