package dev.firstpass.loadtest.soak;

/// What became of a request.
///
/// Immutable.
///
/// @param outcome in a word or two, of which there are few: `200`, `422`, `hung up`
/// @param isExpected whether that is how such a request has to end
/// @param details for people, where it is not
record Told(String outcome, boolean isExpected, String details) {
    static Told expected(String outcome) {
        return new Told(outcome, true, "");
    }

    static Told unexpected(String outcome, String details) {
        return new Told(outcome, false, details);
    }

    /// Of a good request: only 200 will do.
    static Told good(int status, String body) {
        return status == 200 ? expected("200") : unexpected(Integer.toString(status), body);
    }

    /// Of a bad one: it has to be refused, and the server must not be hurt by it.
    static Told bad(int status, String body) {
        String outcome = Integer.toString(status);
        return status >= 400 && status < 500 ? expected(outcome) : unexpected(outcome, body);
    }
}
