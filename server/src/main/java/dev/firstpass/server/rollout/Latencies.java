package dev.firstpass.server.rollout;

import org.HdrHistogram.Histogram;

/// How long something took: percentiles in milliseconds; all 0 where there was nothing.
///
/// Immutable.
public record Latencies(long count, double p50, double p90, double p99) {
    /// @param micros read, not kept
    static Latencies of(Histogram micros) {
        return new Latencies(
                micros.getTotalCount(),
                micros.getValueAtPercentile(50) / 1e3,
                micros.getValueAtPercentile(90) / 1e3,
                micros.getValueAtPercentile(99) / 1e3);
    }
}
