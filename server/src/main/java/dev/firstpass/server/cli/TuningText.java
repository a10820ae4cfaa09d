package dev.firstpass.server.cli;

import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningPoint;
import dev.firstpass.server.tuning.TuningReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A tuning for people to read: the table, the best ways, and what to write where.
///
/// Pure functions.
final class TuningText {
    private TuningText() {}

    static List<String> of(TuningReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(headline(report));
        for (StageTuning stage : report.stages()) {
            lines.add("");
            lines.add("Stage " + stage.stage() + ", rows of " + stage.row());
            Table table = new Table();
            table(stage).forEach(row -> table.row(row.toArray(String[]::new)));
            lines.addAll(table.lines());
            lines.addAll(stage.notes());
            lines.add("");
            lines.addAll(best(stage));
        }
        advice(report).forEach(advice -> {
            lines.add("");
            lines.add(advice.title());
            advice.lines().forEach(line -> lines.add("  " + line));
        });
        return lines;
    }

    static String headline(TuningReport report) {
        return report.version() + " on " + report.device() + ", " + report.cores() + " cores; load before: "
                + String.format(Locale.ROOT, "%.1f", report.load());
    }

    /// With its header.
    static List<List<String>> table(StageTuning stage) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SESSIONS", "THREADS", "BATCH", "IMAGES/S", "P50 MS", "P95 MS", "CPU MS/IMAGE", "RUNS"));
        for (TuningPoint point : stage.points()) {
            rows.add(List.of(
                    Integer.toString(point.sessions()),
                    Integer.toString(point.threads()),
                    Integer.toString(point.batch()),
                    number(point.imagesPerSecond()),
                    number(point.p50Millis()),
                    number(point.p95Millis()),
                    number(point.cpuMillisPerImage()),
                    Integer.toString(point.runs())));
        }
        return rows;
    }

    static List<String> best(StageTuning stage) {
        return List.of("Quickest: " + words(stage.latency()), "Most per second: " + words(stage.throughput()));
    }

    private static String words(TuningPoint point) {
        return point.sessions() + (point.sessions() == 1 ? " session" : " sessions") + " x " + point.threads()
                + (point.threads() == 1 ? " thread" : " threads") + ", " + point.batch()
                + (point.batch() == 1 ? " row" : " rows") + " in a run: " + number(point.p50Millis()) + " ms, "
                + number(point.imagesPerSecond()) + " images/s";
    }

    /// What to write where for a use.
    record Advice(String title, List<String> lines) {}

    /// Threads and sessions are the same for all models, so the first stage, which runs on every image, decides.
    static List<Advice> advice(TuningReport report) {
        StageTuning first = report.stages().getFirst();
        return List.of(
                new Advice("Settings of the server, for quick answers:", settings(first.latency())),
                new Advice("Settings of the server, for most images per second:", settings(first.throughput())),
                new Advice(
                        "In firstpass.yaml of the next version, so that no run is larger than it is worth:",
                        List.of("batching: {max: "
                                + report.stages().stream()
                                        .mapToInt(stage -> stage.throughput().batch())
                                        .max()
                                        .orElse(1)
                                + "}")));
    }

    private static List<String> settings(TuningPoint point) {
        return List.of("runtime:", "  engine-sessions: " + point.sessions(), "  engine-threads: " + point.threads());
    }

    /// Three digits, as far as figures mean anything.
    static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
