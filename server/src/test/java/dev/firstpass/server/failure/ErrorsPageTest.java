package dev.firstpass.server.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Keeps docs/errors.md what the enum says. With `-Dfirstpass.regenerate=true` it writes the page instead.
class ErrorsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "errors.md");
    private static final String COMMAND =
            "mvn -pl server -am test -Dtest=ErrorsPageTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dfirstpass.regenerate=true";
    private static final String INTRODUCTION = """
            # Errors

            Every failed request has one reason from this closed list; it may grow, never silently. Over HTTP it is the
            member `reason` of an `application/problem+json` body (RFC 9457), beside `detail` (what was found and what was
            expected), `field` (the parameter, member or header at fault, where there is one), `retryable` and `requestId`.
            Over gRPC it is the `reason` of a `google.rpc.ErrorInfo` in the status details, and the trailer
            `firstpass-reason`. *Retry* says whether the very same request may succeed later; where the wait is known, it
            stands in `Retry-After` or a `google.rpc.RetryInfo`.

            A request line or headers over their limits are REQUEST_TOO_LARGE, too, with the statuses 414 and 431 that HTTP
            has for them. An unknown gRPC method is ROUTE_NOT_FOUND with the code UNIMPLEMENTED.

            This page is made from the enum `Reason`; ErrorsPageTest says how.

            | reason | HTTP | gRPC | retry | cause | mend |
            |---|---|---|---|---|---|
            """;

    private static String page() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        for (Reason reason : Reason.values()) {
            page.append("| %s | %d | %s | %s | %s | %s |\n"
                    .formatted(
                            reason,
                            reason.httpStatus(),
                            reason.grpcCode(),
                            reason.retryable() ? "yes" : "no",
                            reason.cause(),
                            reason.mend()));
        }
        return page.toString();
    }

    @Test
    void page_isWhatTheEnumSays() throws IOException {
        if (Boolean.getBoolean("firstpass.regenerate")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page());
        }
        String found = Files.exists(PAGE) ? Files.readString(PAGE) : "";

        assertEquals(page(), found, "docs/errors.md is not what Reason says; run: " + COMMAND);
    }
}
