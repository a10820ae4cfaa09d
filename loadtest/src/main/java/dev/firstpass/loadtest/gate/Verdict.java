package dev.firstpass.loadtest.gate;

/// What the gate says.
enum Verdict {
    PASS(0),
    FAIL(1),
    /// There is not enough data to tell.
    UNDECIDED(2);

    private final int exitCode;

    Verdict(int exitCode) {
        this.exitCode = exitCode;
    }

    /// Of the command.
    int exitCode() {
        return exitCode;
    }

    /// Of two things that must both pass: a failure decides, and what is undecided leaves the whole undecided.
    Verdict and(Verdict other) {
        if (this == FAIL || other == FAIL) {
            return FAIL;
        }
        return this == UNDECIDED || other == UNDECIDED ? UNDECIDED : PASS;
    }
}
