package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// The result for people in front of a terminal.
///
/// Pure functions.
final class GateText {
    private static final int[] PERCENTILES = {50, 90, 95, 99};

    private GateText() {}

    static List<String> lines(GateResult result) {
        List<String> lines = new ArrayList<>();
        lines.add(row("", "p50", "p90", "p95", "p99", "answered", "without"));
        lines.add(row(result.stable()));
        lines.add(row(result.candidate()));
        reasons(lines, result.stable());
        reasons(lines, result.candidate());
        lines.add("");
        result.findings().forEach(finding -> lines.add(finding(finding)));
        if (result.lagMillis() > 5) {
            lines.add(String.format(
                    Locale.ROOT,
                    "note: 1 %% of the requests were sent more than %.0f ms late, which counts as latency: the gate needs a core of its own",
                    result.lagMillis()));
        }
        lines.add(result.verdict() + (result.why().isEmpty() ? "" : ": " + result.why()));
        return lines;
    }

    private static String row(GateResult.ArmResult arm) {
        String[] cells = new String[7];
        cells[0] = arm.model();
        for (int i = 0; i < PERCENTILES.length; i++) {
            cells[1 + i] = millis(arm.percentile(PERCENTILES[i]));
        }
        cells[5] = Integer.toString(arm.answered());
        cells[6] = Integer.toString(arm.unanswered());
        return row(cells);
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, "%-24s %10s %10s %10s %10s %10s %10s", (Object[]) cells);
    }

    private static void reasons(List<String> lines, GateResult.ArmResult arm) {
        if (!arm.reasons().isEmpty()) {
            lines.add(arm.model() + ", without an answer: " + reasons(arm.reasons()));
        }
    }

    static String reasons(Map<String, Integer> reasons) {
        return reasons.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String finding(Finding finding) {
        return String.format(Locale.ROOT, "%-9s  %s: %s", finding.verdict(), finding.name(), figures(finding));
    }

    /// `1.25 (1.21 to 1.30), limit 1.10`
    static String figures(Finding finding) {
        Interval interval = finding.interval();
        String unit = finding.unit().equals("times") ? "" : " " + finding.unit();
        return number(interval.value()) + unit + " (" + number(interval.low()) + " to " + number(interval.high())
                + "), limit " + number(finding.limit()) + unit;
    }

    static String millis(double millis) {
        return Double.isNaN(millis) ? "-" : number(millis) + " ms";
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }
}
