package dev.firstpass.server.rollout;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.config.GuardLimits;
import dev.firstpass.server.pipeline.Answered;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// One rollout as it is now, with its figures.
///
/// Thread-safe.
final class Watched {
    private static final int REMEMBERED = 10_000;

    final ModelRef.Aliased alias;
    final Rollouts.Current current;
    final ArmFigures stable = new ArmFigures();
    final ArmFigures canary = new ArmFigures();
    final ShadowFigures shadow = new ShadowFigures();
    private final Instant since;

    /// Asked with this object's lock held.
    private final Optional<CanaryGuard> guard;

    /// Whether the guard has said that the canary is to be stopped. With this object's lock.
    private boolean isBeingStopped;

    private final Set<String> copied = new LinkedHashSet<>();

    Watched(ModelRef.Aliased alias, Rollouts.Current current, Optional<GuardLimits> limits, Instant since) {
        this.alias = alias;
        this.current = current;
        this.since = since;
        this.guard = current.rollout().canary().isPresent()
                ? limits.map(each -> new CanaryGuard(current.rollout().percent() / 100.0, each))
                : Optional.empty();
    }

    ArmFigures arm(boolean isCanary) {
        return isCanary ? canary : stable;
    }

    /// Asks the guard, which says once that the canary is to be stopped, and again after `couldNotStop`.
    synchronized Optional<StopReason> guard(Function<CanaryGuard, Optional<StopReason>> question) {
        Optional<StopReason> reason = guard.flatMap(question).filter(_ -> !isBeingStopped);
        isBeingStopped |= reason.isPresent();
        return reason;
    }

    /// Has the guard say it again, when the canary next gives it a reason.
    synchronized void couldNotStop() {
        isBeingStopped = false;
    }

    /// Whether a shadow has not got a copy of such a request yet, as far as is remembered.
    synchronized boolean isNew(Answered answer) {
        // A prompt may be long, and as many are remembered as there are requests.
        String key = Sha256.of((answer.asset().digest()
                        + answer.request().prompt()
                        + answer.request().labeling())
                .getBytes(StandardCharsets.UTF_8));
        boolean isNew = copied.add(key);
        if (copied.size() > REMEMBERED) {
            copied.remove(copied.iterator().next());
        }
        return isNew;
    }

    RolloutReport report(Optional<RolloutReport.Stop> stopped) {
        boolean hasCanary = current.rollout().canary().isPresent();
        boolean hasShadow = current.rollout().shadow().isPresent();
        return new RolloutReport(
                since,
                stable.report(),
                Optional.of(canary).filter(_ -> hasCanary).map(ArmFigures::report),
                Optional.of(shadow).filter(_ -> hasShadow).map(ShadowFigures::report),
                stopped);
    }
}
