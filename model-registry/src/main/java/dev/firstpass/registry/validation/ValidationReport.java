package dev.firstpass.registry.validation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was found when a version was tried out.
///
/// Immutable.
///
/// @param at when it began
/// @param millis that it took
/// @param device that it ran on
/// @param checks in the order in which they were made
/// @param rows stage -> most rows that it may be given in one run, for stages that were tried with several
/// @param golden one for each golden sample that was compared
public record ValidationReport(
        Instant at,
        long millis,
        String device,
        List<Check> checks,
        Map<String, Integer> rows,
        List<GoldenResult> golden) {
    public ValidationReport {
        checks = List.copyOf(checks);
        rows = Map.copyOf(rows);
        golden = List.copyOf(golden);
    }

    public boolean isPassed() {
        return failure().isEmpty();
    }

    /// Why the version does not serve; empty if it may.
    public Optional<String> failure() {
        return checks.stream()
                .filter(check -> check.outcome() == Check.Outcome.FAILED)
                .map(Check::detail)
                .findFirst();
    }
}
