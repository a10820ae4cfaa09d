package dev.firstpass.server.observe;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What waits in front of each version that is loaded, when it is asked for.
///
/// Thread-safe.
public final class QueueMeters {
    private static final List<Double> SIZES = Stream.concat(
                    RunCounts.SIZES.stream().map(Integer::doubleValue), Stream.of(Double.POSITIVE_INFINITY))
            .toList();

    private final Supplier<Map<ModelRef.Numbered, QueueState>> queues;
    private final MultiGauge interactive;
    private final MultiGauge bulk;
    private final MultiGauge bytes;
    private final MultiGauge backlog;
    private final MultiGauge oldest;
    private final MultiCounter begunLate;
    private final MultiCounter endedLate;
    private final MultiCounter capacity;
    private final MultiCounter turnedAway;
    private final MultiCounter expired;
    private final MultiCounter cancelled;

    private QueueMeters(Supplier<Map<ModelRef.Numbered, QueueState>> queues, Metrics metrics) {
        this.queues = queues;
        this.interactive =
                gauge(metrics, "firstpass.queue.interactive", "rows", "Rows that wait and that somebody waits for");
        this.bulk = gauge(metrics, "firstpass.queue.bulk", "rows", "Rows that wait and that nobody waits for");
        this.bytes = gauge(metrics, "firstpass.queue.memory", "bytes", "Memory of the rows that wait");
        this.backlog =
                gauge(metrics, "firstpass.queue.backlog", "seconds", "How long the devices will need for what waits");
        this.oldest = gauge(
                metrics,
                "firstpass.queue.oldest.age",
                "seconds",
                "How long ago the request came whose row has waited longest");
        this.capacity = counter(
                metrics,
                "firstpass.batch.capacity",
                "Rows that the runs of a version, since it was loaded, could have had; the sum of firstpass_batch_size is those they had");
        this.turnedAway = counter(
                metrics,
                "firstpass.queue.turned.away",
                "Rows since the version was loaded that were not let in, by why");
        this.expired = counter(
                metrics,
                "firstpass.queue.expired",
                "Rows since the version was loaded whose time ran out in the queue");
        this.cancelled = counter(
                metrics,
                "firstpass.queue.cancelled",
                "Rows since the version was loaded that nobody wanted any more before they ran");
        this.begunLate = new MultiCounter(
                metrics.registry(),
                "firstpass.queue.begun.late",
                "rows",
                "Rows since the version was loaded whose run began after the deadline that their caller named");
        this.endedLate = new MultiCounter(
                metrics.registry(),
                "firstpass.queue.ended.late",
                "rows",
                "Rows since the version was loaded whose run ended after the deadline that their caller named");
    }

    /// Adds the meters.
    public static void bind(Supplier<Map<ModelRef.Numbered, QueueState>> queues, Metrics metrics) {
        metrics.beforeEachScrape(new QueueMeters(queues, metrics)::look);
        metrics.add(() -> sizes(queues.get()));
    }

    private static MultiCounter counter(Metrics metrics, String name, String description) {
        return new MultiCounter(metrics.registry(), name, "rows", description);
    }

    /// How many rows each run had. Kept by the queues, so that a run costs no look-up.
    private static MetricSnapshot sizes(Map<ModelRef.Numbered, QueueState> queues) {
        HistogramSnapshot.Builder sizes = HistogramSnapshot.builder()
                .name("firstpass_batch_size")
                .help("Rows of each run of a version since it was loaded");
        queues.forEach((version, queue) -> sizes.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .labels(Labels.of("model", version.name().qualified(), "version", Long.toString(version.number())))
                .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(SIZES, queue.counts().bySize()))
                .sum((double) queue.counts().rows())
                .build()));
        return sizes.build();
    }

    private static MultiGauge gauge(Metrics metrics, String name, String unit, String description) {
        return MultiGauge.builder(name).description(description).baseUnit(unit).register(metrics.registry());
    }

    private void look() {
        Map<ModelRef.Numbered, QueueState> now = queues.get();
        set(interactive, now, queue -> queue.rows() - queue.bulkRows());
        set(bulk, now, QueueState::bulkRows);
        set(bytes, now, QueueState::bytes);
        set(backlog, now, queue -> queue.backlog().toNanos() / 1e9);
        set(oldest, now, queue -> queue.oldest().toNanos() / 1e9);
        capacity.set(counts(now, queue -> queue.counts().capacity()));
        expired.set(counts(now, queue -> queue.counts().expired()));
        cancelled.set(counts(now, queue -> queue.counts().cancelled()));
        turnedAway.set(turnedAway(now));
        begunLate.set(counts(now, QueueState::begunLate));
        endedLate.set(counts(now, QueueState::endedLate));
    }

    private static void set(
            MultiGauge gauge, Map<ModelRef.Numbered, QueueState> queues, ToDoubleFunction<QueueState> value) {
        List<MultiGauge.Row<?>> rows = queues.entrySet().stream()
                .<MultiGauge.Row<?>>map(
                        entry -> MultiGauge.Row.of(tags(entry.getKey()), value.applyAsDouble(entry.getValue())))
                .toList();
        gauge.register(rows, true);
    }

    private static Map<Tags, Long> counts(Map<ModelRef.Numbered, QueueState> queues, ToLongFunction<QueueState> count) {
        return queues.entrySet().stream()
                .collect(Collectors.toMap(entry -> tags(entry.getKey()), entry -> count.applyAsLong(entry.getValue())));
    }

    private static Map<Tags, Long> turnedAway(Map<ModelRef.Numbered, QueueState> queues) {
        Map<Tags, Long> counts = new HashMap<>();
        queues.forEach((version, queue) -> {
            counts.put(tags(version).and("reason", "queue_full"), queue.counts().full());
            counts.put(
                    tags(version).and("reason", "tenant_full"), queue.counts().tenantFull());
            counts.put(tags(version).and("reason", "too_late"), queue.counts().late());
        });
        return counts;
    }

    private static Tags tags(ModelRef.Numbered version) {
        return Tags.of("model", version.name().qualified(), "version", Long.toString(version.number()));
    }
}
