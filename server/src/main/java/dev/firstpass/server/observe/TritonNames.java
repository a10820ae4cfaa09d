package dev.firstpass.server.observe;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.batch.QueueState;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// What is measured anyway, also under the names that NVIDIA's Triton has for it, so that its dashboards and rules for
/// scaling go on working. Without a type, as Triton's counters do not end in `_total`; of times, microseconds as there.
///
/// Thread-safe.
public final class TritonNames implements MultiCollector {
    private static final double NANOS_PER_MICRO = 1e3;

    private final Supplier<Map<ModelRef.Numbered, QueueState>> queues;
    private final Metrics metrics;

    private TritonNames(Supplier<Map<ModelRef.Numbered, QueueState>> queues, Metrics metrics) {
        this.queues = queues;
        this.metrics = metrics;
    }

    /// Adds them.
    public static void bind(Supplier<Map<ModelRef.Numbered, QueueState>> queues, Metrics metrics) {
        metrics.add(new TritonNames(queues, metrics));
    }

    @Override
    public MetricSnapshots collect() {
        Map<String, Map<Labels, Double>> all = new TreeMap<>();
        metrics.versions().forEach((version, meters) -> {
            if (!version.equals(Metrics.ModelLabel.NONE)) {
                requests(Labels.of("model", version.name(), "version", version.version()), meters, all);
            }
        });
        GaugeSnapshot.Builder pending = GaugeSnapshot.builder()
                .name("nv_inference_pending_request_count")
                .help("Requests that wait for execution");
        queues.get().forEach((version, queue) -> {
            Labels labels = Labels.of("model", version.name().qualified(), "version", Long.toString(version.number()));
            add(all, "nv_inference_count", labels, (double) queue.counts().rows());
            add(all, "nv_inference_exec_count", labels, (double) queue.counts().runs());
            pending.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .labels(labels)
                    .value(queue.rows())
                    .build());
        });
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder().metricSnapshot(pending.build());
        all.forEach((name, points) -> snapshots.metricSnapshot(snapshot(name, points)));
        return snapshots.build();
    }

    private static void requests(Labels labels, VersionMeters meters, Map<String, Map<Labels, Double>> all) {
        meters.eachCount((result, count) -> {
            switch (result) {
                case OK -> add(all, "nv_inference_request_success", labels, count);
                case REFUSED, LATE -> failed(all, labels, "OTHER", count);
                case SHED -> failed(all, labels, "REJECTED", count);
                case CANCELLED -> failed(all, labels, "CANCELED", count);
                case FAILED -> failed(all, labels, "BACKEND", count);
            }
        });
        meters.eachTime((what, nanos) -> {
            String part = switch (what) {
                case "request" -> "request";
                case "queue" -> "queue";
                case "infer" -> "compute_infer";
                case "fetch", "decode" -> "compute_input";
                default -> "compute_output";
            };
            add(all, "nv_inference_" + part + "_duration_us", labels, nanos / NANOS_PER_MICRO);
        });
    }

    private static void failed(Map<String, Map<Labels, Double>> all, Labels labels, String reason, double count) {
        add(all, "nv_inference_request_failure", labels.add("reason", reason), count);
    }

    private static void add(Map<String, Map<Labels, Double>> all, String name, Labels labels, double value) {
        all.computeIfAbsent(name, _ -> new HashMap<>()).merge(labels, value, Double::sum);
    }

    private static MetricSnapshot snapshot(String name, Map<Labels, Double> points) {
        UnknownSnapshot.Builder snapshot = UnknownSnapshot.builder().name(name).help("As Triton counts it");
        points.forEach((labels, value) -> snapshot.dataPoint(UnknownSnapshot.UnknownDataPointSnapshot.builder()
                .labels(labels)
                .value(value)
                .build()));
        return snapshot.build();
    }
}
