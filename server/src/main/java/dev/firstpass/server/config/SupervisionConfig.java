package dev.firstpass.server.config;

import java.time.Duration;

/// How long the server bears with models.
///
/// Immutable.
///
/// @param runLimit that one run of a model may take
/// @param guardPeriod after an alias was given to a version, in which it is taken back if the version crashes time
///     after time; zero never takes it back
public record SupervisionConfig(Duration runLimit, Duration guardPeriod) {
    public static final SupervisionConfig DEFAULT =
            new SupervisionConfig(Duration.ofSeconds(60), Duration.ofMinutes(15));

    public SupervisionConfig {
        if (runLimit.isNegative() || runLimit.isZero()) {
            throw new IllegalArgumentException("runLimit: " + runLimit + " (expected: > 0)");
        }
        if (guardPeriod.isNegative()) {
            throw new IllegalArgumentException("guardPeriod: " + guardPeriod + " (expected: >= 0)");
        }
    }
}
