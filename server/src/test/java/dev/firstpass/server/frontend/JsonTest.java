package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
    /// A body of the largest size would otherwise become a tree some thirty times as large.
    @ParameterizedTest
    @ValueSource(strings = {"{}", "1", "\"\""})
    void read_moreThanARequestNeeds_isRefused(String element) {
        Failure failure = refusal("[" + (element + ",").repeat(200_000) + element + "]");
        assertEquals(Reason.ARGUMENT_INVALID, failure.reason());
        assertEquals("body: too deep or too long (expected: at most 32 levels, 100000 tokens)", failure.detail());
    }

    @Test
    void read_tooDeep_isRefused() {
        assertEquals(
                Reason.ARGUMENT_INVALID,
                refusal("[".repeat(40) + "]".repeat(40)).reason());
    }

    @Test
    void read_longString_isRead() {
        String text = "x".repeat(30_000_000);
        assertEquals(text, Json.read("body", bytes("\"" + text + "\"")).textValue());
    }

    private static Failure refusal(String json) {
        return assertThrows(FailureException.class, () -> Json.read("body", bytes(json)))
                .failure();
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
