package dev.firstpass.server.rollout;

import dev.firstpass.server.config.GuardLimits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/// Tells when a canary is to be stopped: it fails more often than the stable version, or is slow more often. Of 1,000
/// rollouts of a version that is like the stable one, fewer than one is stopped, however long they last: each of three
/// tests errs with a probability of 0.0003 at most.
///
/// For one thread at a time.
final class CanaryGuard {
    private static final double ALPHA = 0.0003;
    private static final double HALF = 0.5;

    /// Answers of the stable version before any answer is called slow, and between two looks at how long they take.
    private static final int LEAST_SAMPLES = 64;

    private static final int SAMPLES_BETWEEN_LOOKS = 32;
    private static final double USUAL_PERCENTILE = 90;

    /// Assets that are remembered as counted.
    private static final int REMEMBERED = 4096;

    private final double share;
    private final GuardLimits limits;
    private final Imbalance failures;
    private final Imbalance slowness;
    private final Excess excess;
    private final Map<String, Boolean> failed = new Remembered();
    private final Map<String, Boolean> slow = new Remembered();
    private final Histogram stable = new Histogram(3);
    private long slowNanos = Long.MAX_VALUE;

    /// @param share of the assets that meet the canary
    CanaryGuard(double share, GuardLimits limits) {
        this.share = share;
        this.limits = limits;
        this.failures = new Imbalance(share);
        this.slowness = new Imbalance(share);
        this.excess = new Excess(limits.toleratedErrors());
    }

    /// A request failed, and not by the caller's doing.
    ///
    /// @return why the canary is to be stopped
    Optional<StopReason> failed(boolean isCanary, String asset) {
        if (failed.put(asset, true) != null) {
            return Optional.empty();
        }
        failures.add(isCanary);
        if (isCanary) {
            excess.add(true);
        }
        boolean isExcessive = share > HALF && excess.isProven(ALPHA);
        return isCanary && (isExcessive || failures.isProven(ALPHA))
                ? Optional.of(StopReason.ERRORS)
                : Optional.empty();
    }

    /// A request was answered by running the model.
    ///
    /// @return why the canary is to be stopped
    Optional<StopReason> answered(boolean isCanary, String asset, long nanos) {
        if (isCanary) {
            excess.add(false);
        } else {
            sample(nanos);
        }
        if (nanos <= slowNanos || slow.put(asset, true) != null) {
            return Optional.empty();
        }
        slowness.add(isCanary);
        return isCanary && slowness.isProven(ALPHA) ? Optional.of(StopReason.LATENCY) : Optional.empty();
    }

    private void sample(long nanos) {
        stable.recordValue(Math.max(0, nanos / 1000));
        long samples = stable.getTotalCount();
        if (samples >= LEAST_SAMPLES && samples % SAMPLES_BETWEEN_LOOKS == 0) {
            slowNanos = (long) (limits.slowTimes() * 1000 * stable.getValueAtPercentile(USUAL_PERCENTILE));
        }
    }

    /// The last so many.
    private static final class Remembered extends LinkedHashMap<String, Boolean> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }
}
