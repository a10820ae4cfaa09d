package dev.firstpass.server.validation;

import java.time.Duration;

/// How long a trial may take.
///
/// Immutable.
///
/// @param total after which no further step is begun
/// @param batches for trying runs of more and more rows, of each stage
public record TrialLimits(Duration total, Duration batches) {
    public static final TrialLimits STANDARD = new TrialLimits(Duration.ofMinutes(10), Duration.ofSeconds(5));
}
