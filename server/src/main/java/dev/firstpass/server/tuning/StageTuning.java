package dev.firstpass.server.tuning;

import java.util.Comparator;
import java.util.List;

/// What was found for one stage.
///
/// Immutable; the names are what `--json` prints.
///
/// @param row shape of a row
/// @param points in the order of sessions, threads and rows; one at least
/// @param notes what was not tried, and why
/// @param latency the point whose runs are quickest: for one labeler in front of a screen
/// @param throughput the point with most rows a second: for a backlog
public record StageTuning(
        String stage,
        String row,
        List<TuningPoint> points,
        List<String> notes,
        TuningPoint latency,
        TuningPoint throughput) {
    /// What differs by less is taken for the same: the next run of the same may differ by as much.
    private static final double SAME = 0.03;

    public StageTuning {
        points = List.copyOf(points);
        notes = List.copyOf(notes);
    }

    static StageTuning of(String stage, String row, List<TuningPoint> points, List<String> notes) {
        return new StageTuning(stage, row, points, notes, quickest(points), most(points));
    }

    /// Of those that are as quick as the quickest, the one that gets most done.
    private static TuningPoint quickest(List<TuningPoint> points) {
        double least = points.stream().mapToDouble(TuningPoint::p50Millis).min().orElseThrow();
        return points.stream()
                .filter(point -> point.p50Millis() <= least * (1 + SAME))
                .max(Comparator.comparingDouble(TuningPoint::imagesPerSecond))
                .orElseThrow();
    }

    /// Of those that get as much done as the best, the one with the quickest runs.
    private static TuningPoint most(List<TuningPoint> points) {
        double best =
                points.stream().mapToDouble(TuningPoint::imagesPerSecond).max().orElseThrow();
        return points.stream()
                .filter(point -> point.imagesPerSecond() >= best * (1 - SAME))
                .min(Comparator.comparingDouble(TuningPoint::p50Millis))
                .orElseThrow();
    }
}
