package dev.firstpass.server.observe;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.rollout.RolloutListener;
import dev.firstpass.server.rollout.StopReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/// How rollouts do.
///
/// Thread-safe.
public final class RolloutMeters implements RolloutListener {
    private final MeterRegistry registry;

    public RolloutMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void ended(ModelRef.Aliased alias, Arm arm, boolean isError) {
        Counter.builder("firstpass.rollout.requests")
                .description(
                        "Requests for aliases that are rolled out, by what answered; errors that are the caller's left out")
                .tags(tags(alias).and("arm", arm.id(), "result", isError ? "error" : "ok"))
                .register(registry)
                .increment();
    }

    @Override
    public void stopped(ModelRef.Aliased alias, StopReason reason) {
        Counter.builder("firstpass.rollout.stops")
                .description("Canaries that were ended since they did worse")
                .tags(tags(alias).and("reason", reason.id()))
                .register(registry)
                .increment();
    }

    @Override
    public void compared(ModelRef.Aliased alias, Agreement agreement) {
        runs(alias, "compared");
        DistributionSummary.builder("firstpass.shadow.matched")
                .description("Share of a request's labels that a shadow and the stable version both have")
                .tags(tags(alias))
                .register(registry)
                .record(agreement.matched());
        agreement
                .meanOverlap()
                .ifPresent(overlap -> DistributionSummary.builder("firstpass.shadow.overlap")
                        .description("How well the labels cover each other that both have: intersection over union")
                        .tags(tags(alias))
                        .register(registry)
                        .record(overlap));
    }

    @Override
    public void lost(ModelRef.Aliased alias, boolean isFailure) {
        runs(alias, isFailure ? "failed" : "dropped");
    }

    private void runs(ModelRef.Aliased alias, String result) {
        Counter.builder("firstpass.shadow.runs")
                .description("Copies of requests for shadows, by what became of them")
                .tags(tags(alias).and("result", result))
                .register(registry)
                .increment();
    }

    private static Tags tags(ModelRef.Aliased alias) {
        return Tags.of("model", alias.name().qualified(), "alias", alias.alias());
    }
}
