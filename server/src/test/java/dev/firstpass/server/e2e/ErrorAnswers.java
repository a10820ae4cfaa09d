package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import java.util.List;
import java.util.regex.Pattern;

/// What holds for every refusal, whatever it is for.
public final class ErrorAnswers {
    /// An answer repeats little of what it was sent.
    private static final int MOST_CHARACTERS = 2048;

    private static final List<String> INSIDES = List.of(
            "java.", "Exception", " at dev.", "at com.", "dev.firstpass", "armeria", "netty", "jackson", "onnxruntime");
    private static final Pattern PATH = Pattern.compile("(?<![\\w./-])/[\\w.-]+(/[\\w.-]+)*");
    private static final Pattern IP_ADDRESS =
            Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[?[0-9a-fA-F]*::[0-9a-fA-F:]*]?");

    private ErrorAnswers() {}

    /// The status is the caller's to check: for a few refusals HTTP has one of its own.
    ///
    /// @param sent by the caller: nothing of it is a secret
    static void assertProblem(Reason reason, String field, Answer answer, String sent) {
        JsonNode problem = TestServer.json(answer.body());
        assertAll(
                () -> assertEquals(reason.name(), problem.path("reason").textValue(), answer::body),
                () -> assertTrue(answer.status() >= 400, answer::body),
                () -> assertEquals(answer.status(), problem.path("status").intValue()),
                () -> assertEquals(field, problem.path("field").asText(), answer::body),
                () -> assertEquals(reason.retryable(), problem.path("retryable").booleanValue()),
                () -> assertEquals("application/problem+json", answer.header("content-type")),
                () -> assertFalse(problem.path("title").asText().isBlank()),
                () -> assertFalse(problem.path("detail").asText().isBlank()),
                () -> assertFalse(problem.path("requestId").asText().isBlank()),
                () -> assertEquals(
                        answer.header("x-request-id"), problem.path("requestId").asText()),
                () -> assertTellsNothing(answer.headers() + answer.body(), sent));
    }

    /// No class, stack, path or address of ours.
    public static void assertTellsNothing(String text, String sent) {
        assertTrue(text.length() <= MOST_CHARACTERS, () -> text.length() + " characters: " + text.substring(0, 500));
        for (String inside : INSIDES) {
            assertFalse(text.contains(inside) && !sent.contains(inside), () -> inside + " in " + text);
        }
        for (Pattern pattern : List.of(PATH, IP_ADDRESS)) {
            pattern.matcher(text)
                    .results()
                    .forEach(found -> assertTrue(sent.contains(found.group()), () -> found.group() + " in " + text));
        }
    }
}
