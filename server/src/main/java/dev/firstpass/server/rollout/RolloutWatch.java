package dev.firstpass.server.rollout;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.config.GuardLimits;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.AnswerListener;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.Choice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at each answer for an alias that is rolled out: keeps the figures of both arms, has a canary stopped that does
/// worse, and hands copies to a shadow.
///
/// Figures begin anew with each change of the rollout, and are this process's.
///
/// Thread-safe.
public final class RolloutWatch implements AnswerListener {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutWatch.class);

    private final Rollouts rollouts;
    private final Optional<GuardLimits> limits;
    private final Shadows shadows;
    private final RolloutListener listener;
    private final Executor stopping;
    private final InstantSource clock;
    private final Map<ModelRef.Aliased, Watched> watched = new ConcurrentHashMap<>();
    private final Map<ModelRef.Aliased, RolloutReport.Stop> stops = new ConcurrentHashMap<>();

    /// Owns none of what it is given.
    ///
    /// @param limits for canaries; empty stops none
    /// @param stopping runs what waits for the disk
    public RolloutWatch(
            Rollouts rollouts,
            Optional<GuardLimits> limits,
            Shadows shadows,
            RolloutListener listener,
            Executor stopping,
            InstantSource clock) {
        this.rollouts = rollouts;
        this.limits = limits;
        this.shadows = shadows;
        this.listener = listener;
        this.stopping = stopping;
        this.clock = clock;
    }

    @Override
    public void answered(Answered answer) {
        find(answer.request(), answer.choice()).ifPresent(found -> {
            boolean isCanary = answer.choice().arm() == Arm.CANARY;
            listener.ended(found.alias, answer.choice().arm(), false);
            found.arm(isCanary)
                    .answered(
                            answer.annotations(),
                            answer.isCached(),
                            answer.times().totalNanos());
            if (!answer.isCached()) {
                found.guard(guard -> guard.answered(
                                isCanary, answer.asset().id(), answer.times().totalNanos()))
                        .ifPresent(reason -> stop(found, reason));
            }
            if (!isCanary) {
                shadow(found, answer);
            }
        });
    }

    private void shadow(Watched found, Answered answer) {
        Rollout rollout = found.current.rollout();
        if (rollout.meetsShadow(found.alias.name(), answer.asset().id()) && found.isNew(answer)) {
            shadows.offer(found.alias, rollout.shadow().orElseThrow(), answer, found.shadow);
        }
    }

    @Override
    public void failed(PrelabelRequest request, String asset, Choice choice, RuntimeException failure) {
        if (isError(Failures.of(failure).reason())) {
            find(request, choice).ifPresent(found -> {
                boolean isCanary = choice.arm() == Arm.CANARY;
                listener.ended(found.alias, choice.arm(), true);
                found.arm(isCanary).failed();
                found.guard(guard -> guard.failed(isCanary, asset)).ifPresent(reason -> stop(found, reason));
            });
        }
    }

    /// Whether a request failed by the version's doing, or for want of time or room for it.
    private static boolean isError(Reason reason) {
        return switch (reason) {
            case INPUT_QUARANTINED,
                    OVERLOADED,
                    INTERNAL,
                    MODEL_FAILED,
                    OUTPUT_INVALID,
                    MODEL_NOT_READY,
                    WORKER_LOST,
                    DEADLINE_EXCEEDED -> true;
            default -> false;
        };
    }

    /// The figures that an answer belongs to; empty where its alias is not rolled out, or was moved meanwhile.
    private Optional<Watched> find(PrelabelRequest request, Choice choice) {
        if (!(request.model() instanceof ModelRef.Aliased asked)) {
            return Optional.empty();
        }
        // Another tenant than the caller's may share it.
        ModelRef.Aliased alias = new ModelRef.Aliased(choice.version().name(), asked.alias());
        return rollouts.current(alias).filter(current -> isOf(current, choice)).map(current -> watched(alias, current));
    }

    private static boolean isOf(Rollouts.Current current, Choice choice) {
        ModelVersion version = choice.version();
        return switch (choice.arm()) {
            case STABLE -> version.number() == current.stable();
            case CANARY -> current.rollout().canary().orElse(0) == version.number();
            case DIRECT -> false;
        };
    }

    private Watched watched(ModelRef.Aliased alias, Rollouts.Current current) {
        Watched known = watched.get(alias);
        return known != null && known.current.equals(current)
                ? known
                : watched.compute(
                        alias,
                        (_, before) -> before != null && before.current.equals(current)
                                ? before
                                : new Watched(alias, current, limits, clock.instant()));
    }

    private void stop(Watched found, StopReason reason) {
        ArmReport canary = found.canary.report();
        ArmReport stable = found.stable.report();
        String detail = switch (reason) {
            case ERRORS ->
                String.format(
                        Locale.ROOT,
                        "%d of %d requests failed (stable: %d of %d)",
                        canary.errors(),
                        canary.requests(),
                        stable.errors(),
                        stable.requests());
            case LATENCY ->
                String.format(
                        Locale.ROOT,
                        "slow: 50 %% within %.1f ms, 90 %% within %.1f ms (stable: %.1f, %.1f)",
                        canary.latencies().p50(),
                        canary.latencies().p90(),
                        stable.latencies().p50(),
                        stable.latencies().p90());
        };
        stopping.execute(() -> stop(found, reason, detail));
    }

    /// The registry may be away just now; the canary goes on doing worse, so there will be another occasion.
    private void stop(Watched found, StopReason reason, String detail) {
        long canary = found.current.rollout().canary().orElseThrow();
        boolean isStopped;
        try {
            isStopped = rollouts.stop(found.alias, canary, detail);
        } catch (RuntimeException e) {
            found.couldNotStop();
            LOG.error(
                    "version {}, which does worse, is still a canary of {}; it is tried again",
                    canary,
                    found.alias.qualified(),
                    e);
            return;
        }
        if (isStopped) {
            stops.put(found.alias, new RolloutReport.Stop(canary, clock.instant(), reason, detail));
            listener.stopped(found.alias, reason);
            LOG.warn("version {} is no canary of {} any more: {}", canary, found.alias.qualified(), detail);
        }
    }

    /// A rollout changed: its figures begin anew with the next answer.
    ///
    /// @param isCanary whether it has a canary now
    public void changed(ModelRef.Aliased alias, boolean isCanary) {
        watched.remove(alias);
        if (isCanary) {
            stops.remove(alias);
        }
    }

    /// Of the rollout that there is now, or of the canary that was stopped; empty where there is neither.
    public Optional<RolloutReport> report(ModelRef.Aliased alias) {
        Optional<RolloutReport.Stop> stop = Optional.ofNullable(stops.get(alias));
        return rollouts.current(alias)
                .map(current -> watched(alias, current).report(stop))
                .or(() -> stop.map(last -> new RolloutReport(
                        last.at(), new ArmFigures().report(), Optional.empty(), Optional.empty(), stop)));
    }
}
