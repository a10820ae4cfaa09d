package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.evaluation.Agreement;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/// What came of a shadow's runs.
///
/// Thread-safe.
final class ShadowFigures {
    private final Histogram stableMicros = new Histogram(3);
    private final Histogram shadowMicros = new Histogram(3);
    private Agreement agreement = Agreement.NONE;
    private long failed;
    private long dropped;

    /// @param stableNanos what the same work took the stable version; empty where its answer was cached
    synchronized void compared(Agreement one, OptionalLong stableNanos, long shadowNanos) {
        agreement = agreement.plus(one);
        stableNanos.ifPresent(nanos -> stableMicros.recordValue(Math.max(0, nanos / 1000)));
        shadowMicros.recordValue(Math.max(0, shadowNanos / 1000));
    }

    synchronized void failed() {
        failed++;
    }

    synchronized void dropped() {
        dropped++;
    }

    synchronized ShadowReport report() {
        return new ShadowReport(agreement, failed, dropped, Latencies.of(stableMicros), Latencies.of(shadowMicros));
    }
}
