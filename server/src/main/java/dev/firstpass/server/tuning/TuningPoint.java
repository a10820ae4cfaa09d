package dev.firstpass.server.tuning;

/// What was measured of one way to run a stage, with all its sessions busy.
///
/// Immutable; the names are what `--json` prints.
///
/// @param sessions side by side
/// @param threads of each run
/// @param batch rows in a run
/// @param imagesPerSecond rows, in all sessions together
/// @param p50Millis median time of a run
/// @param p95Millis 95 % of the runs took no longer
/// @param cpuMillisPerImage processor time of a row, in all processes that take part; 0 where nobody tells
/// @param runs that were measured
public record TuningPoint(
        int sessions,
        int threads,
        int batch,
        double imagesPerSecond,
        double p50Millis,
        double p95Millis,
        double cpuMillisPerImage,
        int runs) {}
