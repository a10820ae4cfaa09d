package dev.firstpass.server.observe;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.asset.HeldAssets;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.ledger.PredictionLedger;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.Caches;
import dev.firstpass.server.pipeline.EmbeddingCache;
import dev.firstpass.server.pipeline.RefusalCache;
import dev.firstpass.server.pipeline.ResultCache;
import dev.firstpass.server.rollout.StopReason;
import dev.firstpass.server.runtime.batch.QueueState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The meters of the parts behind a server's listeners, after everything has happened to each of its versions: loaded and failed, asked
/// and answered, rolled out as canary and as shadow.
///
/// Pure functions.
final class AllMeters {
    private static final String DEVICE = "cpu";
    private static final List<String> ROLES = List.of("decoder", "onnx", "tensorflow");

    private AllMeters() {}

    /// @param data the data directory
    static void bind(Metrics metrics, Path data, PredictionLedger ledger, List<ModelRef.Numbered> versions) {
        QueueMeters.bind(() -> each(versions, _ -> QueueState.EMPTY), metrics);
        ModelMeters.bind(
                () -> versions.stream()
                        .collect(Collectors.toMap(
                                AllMeters::alias,
                                ref -> TestVersions.version(ref.name().value(), ref.number()))),
                () -> each(versions, _ -> Residency.SERVING),
                metrics);
        HostMeters.bind(data, metrics.registry());
        LedgerMeters.bind(ledger, metrics.registry());
        CacheMeters.bind(
                new Caches(
                        new ResultCache(1 << 20),
                        new RefusalCache(1 << 20, Duration.ofMinutes(1), () -> 0),
                        new EmbeddingCache(1 << 20)),
                metrics.registry());
        CacheMeters.bind(HeldAssets.none(), metrics.registry());
        ResidencyMeters residency = new ResidencyMeters(metrics.registry());
        residency.opened(Map.of(DEVICE, 2L));
        SupervisionMeters supervision = new SupervisionMeters(metrics.registry());
        ROLES.forEach(role -> List.of("ended", "hung", "silent", "not_started", "protocol", "failing")
                .forEach(reason -> supervision.workerLost(DEVICE, role, reason)));
        RolloutMeters rollouts = new RolloutMeters(metrics.registry());
        for (ModelRef.Numbered version : versions) {
            residency.loaded(version, Map.of(DEVICE, 1L), 1);
            residency.unloaded(version, Map.of(DEVICE, 0L), true);
            residency.failed(version);
            rolledOut(rollouts, alias(version));
            ModelLabel label = ModelLabel.of(version.name().value(), version.number());
            metrics.request("http", label, "200", "OK", 1_000_000);
            metrics.answered(label, MetricsTest.answer(List.of(MetricsTest.box(0.5))), Optional.empty());
            metrics.answered(label, MetricsTest.answer(List.of()), Optional.empty());
        }
    }

    private static void rolledOut(RolloutMeters rollouts, ModelRef.Aliased alias) {
        for (Arm arm : List.of(Arm.STABLE, Arm.CANARY)) {
            rollouts.ended(alias, arm, false);
            rollouts.ended(alias, arm, true);
        }
        rollouts.stopped(alias, StopReason.LATENCY);
        rollouts.compared(alias, new Agreement(1, 3, 2, 1, 1, 2.4, 0, 0));
        rollouts.lost(alias, false);
        rollouts.lost(alias, true);
    }

    private static ModelRef.Aliased alias(ModelRef.Numbered version) {
        return new ModelRef.Aliased(version.name(), "production");
    }

    private static <V> Map<ModelRef.Numbered, V> each(
            List<ModelRef.Numbered> versions, Function<ModelRef.Numbered, V> value) {
        return versions.stream().collect(Collectors.toMap(Function.identity(), value));
    }
}
