package dev.firstpass.loadtest.drive;

/// What became of a request.
///
/// Immutable.
///
/// @param reason as docs/errors.md has it, with what was said beside it where a door has that; or what the connection said;
///     empty where there is an answer
public record Answer(Outcome outcome, String reason) {
    public static final Answer GOOD = new Answer(Outcome.ANSWERED, "");

    /// What kinds of answers there are.
    public enum Outcome {
        ANSWERED,
        /// Because of too much work, or because it would come too late: said at once, if all is well.
        REFUSED,
        /// The time was over.
        TOO_LATE,
        FAILED
    }

    public boolean isGood() {
        return outcome == Outcome.ANSWERED;
    }

    /// What an HTTP status and a reason say.
    static Answer of(int status, String reason) {
        return switch (status) {
            case 200 -> GOOD;
            case 429, 503 -> new Answer(Outcome.REFUSED, reason);
            case 504 -> new Answer(Outcome.TOO_LATE, reason);
            default -> new Answer(Outcome.FAILED, reason.isEmpty() ? "HTTP " + status : reason);
        };
    }

    static Answer failed(String why) {
        return new Answer(Outcome.FAILED, why);
    }
}
