package dev.firstpass.server;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.frontend.StatusReport;
import dev.firstpass.server.frontend.StatusSource;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.lifecycle.LoadedVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/// The runtime as those see it who run the server.
///
/// Thread-safe; owns nothing.
final class RuntimeStatus implements StatusSource {
    private static final Comparator<ModelRef.Numbered> ORDER =
            Comparator.comparing(ModelRef.Numbered::name, ModelName.ORDER).thenComparingLong(ModelRef.Numbered::number);

    private final ServerRuntime runtime;
    private final WorkerMeters workers;
    private final Metrics metrics;
    private final LongSupplier nanos;
    private final long startedNanos;

    /// @param nanos a clock as `System.nanoTime`
    RuntimeStatus(ServerRuntime runtime, WorkerMeters workers, Metrics metrics, LongSupplier nanos) {
        this.runtime = runtime;
        this.workers = workers;
        this.metrics = metrics;
        this.nanos = nanos;
        this.startedNanos = nanos.getAsLong();
    }

    @Override
    public StatusReport now() {
        Map<ModelRef.Aliased, ModelVersion> aliases = runtime.registry().aliasesInUse();
        List<StatusReport.Version> versions = versions(aliases);
        return new StatusReport(
                Duration.ofNanos(nanos.getAsLong() - startedNanos),
                runtime.isSettled(),
                devices(versions),
                workers.workers(),
                versions,
                rollouts(aliases.keySet()),
                metrics.outcomes());
    }

    private List<StatusReport.Version> versions(Map<ModelRef.Aliased, ModelVersion> aliases) {
        Map<ModelRef.Numbered, List<String>> names = new TreeMap<>(ORDER);
        aliases.forEach((alias, version) ->
                names.computeIfAbsent(version.ref(), _ -> new ArrayList<>()).add(alias.alias()));
        Map<ModelRef.Numbered, Residency> residencies = runtime.models().residencies();
        Map<ModelRef.Numbered, QueueState> queues = runtime.models().queues();
        Set<ModelRef.Numbered> all = new TreeSet<>(ORDER);
        all.addAll(names.keySet());
        all.addAll(residencies.keySet());
        return all.stream()
                .map(ref -> new StatusReport.Version(
                        ref,
                        residencies.getOrDefault(ref, Residency.COLD),
                        names.getOrDefault(ref, List.of()).stream().sorted().toList(),
                        runtime.models().loaded(ref).map(LoadedVersion::bytes).orElse(Map.of()),
                        Optional.ofNullable(queues.get(ref))))
                .toList();
    }

    private List<StatusReport.Device> devices(List<StatusReport.Version> versions) {
        Map<String, Long> used = new TreeMap<>();
        versions.forEach(version -> version.bytes().forEach((device, bytes) -> used.merge(device, bytes, Long::sum)));
        return new TreeMap<>(runtime.models().budgets())
                .entrySet().stream()
                        .map(device -> new StatusReport.Device(
                                device.getKey(), device.getValue(), used.getOrDefault(device.getKey(), 0L)))
                        .toList();
    }

    private List<StatusReport.Split> rollouts(Set<ModelRef.Aliased> aliases) {
        RegisteredRollouts rollouts = new RegisteredRollouts(runtime.registry());
        return aliases.stream()
                .sorted(Comparator.comparing(ModelRef.Aliased::qualified))
                .flatMap(alias -> rollouts
                        .current(alias)
                        .map(current -> new StatusReport.Split(alias, current.stable(), current.rollout()))
                        .stream())
                .toList();
    }
}
