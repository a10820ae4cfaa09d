package dev.firstpass.server.frontend.http;

import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.RequestRules;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/// Points in time that requests name.
///
/// Pure functions.
final class Times {
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private Times() {}

    /// Reads a time in UTC of a year with four digits, which any clock and any database can hold.
    ///
    /// @param field what it is called
    /// @param expected what it is to be, for whoever wrote another thing
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    static Instant parse(String field, String text, String expected) {
        try {
            Instant time = Instant.parse(text);
            if (!time.isBefore(FIRST) && !time.isAfter(LAST)) {
                return time;
            }
        } catch (DateTimeParseException _) {
            // Said below.
        }
        throw RequestRules.invalid(field, field + ": " + Words.quoted(text) + " (expected: " + expected + ")");
    }
}
