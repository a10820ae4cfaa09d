package dev.firstpass.registry.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A report as lines for a person.
///
/// Pure functions.
public final class ReportText {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final int NAMES = 10;
    private static final int OUTCOMES = 8;

    private ReportText() {}

    /// @param ref of the version
    public static List<String> of(String ref, ValidationReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s  %s  %.1f s on %s, %s",
                ref,
                report.isPassed() ? "PASSED" : "FAILED",
                report.millis() / MILLIS_PER_SECOND,
                report.device(),
                report.at()));
        int longest = report.checks().stream()
                .mapToInt(check -> check.name().length())
                .max()
                .orElse(0);
        String row = "  %-" + Math.max(NAMES, longest) + "s  %-" + OUTCOMES + "s  %s";
        for (Check check : report.checks()) {
            lines.add(String.format(
                            Locale.ROOT,
                            row,
                            check.name(),
                            check.outcome().name().toLowerCase(Locale.ROOT),
                            check.detail())
                    .stripTrailing());
        }
        report.golden().forEach(result -> golden(lines, result));
        return List.copyOf(lines);
    }

    private static void golden(List<String> lines, GoldenResult result) {
        lines.add("");
        lines.add(result.image() + ": " + (result.isMet() ? "as expected" : "not as expected"));
        for (GoldenResult.ClassResult one : result.classes()) {
            String figures = one.matched() == 0
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            ", IoU >= %.3f, scores within %.3f",
                            one.leastIou(),
                            one.mostScoreDifference());
            lines.add("  " + one.label() + ": " + one.matched() + " of " + one.expected() + ", " + one.found()
                    + " found" + figures);
        }
        result.deviations().forEach(deviation -> lines.add("  - " + deviation));
    }
}
