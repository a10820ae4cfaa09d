package dev.firstpass.server.config;

/// What a canary may do before it is stopped.
///
/// Immutable.
///
/// @param slowTimes how many times what nine tenths of the stable version's answers take makes an answer slow
/// @param toleratedErrors share of its requests that a canary of more than half of the assets may fail, 0 to 1
public record GuardLimits(double slowTimes, double toleratedErrors) {
    public static final GuardLimits STANDARD = new GuardLimits(2, 0.02);

    public GuardLimits {
        if (!(slowTimes >= 1)) {
            throw new IllegalArgumentException("slowTimes: " + slowTimes + " (expected: >= 1)");
        }
        if (!(toleratedErrors > 0 && toleratedErrors <= 1)) {
            throw new IllegalArgumentException("toleratedErrors: " + toleratedErrors + " (expected: > 0, <= 1)");
        }
    }
}
