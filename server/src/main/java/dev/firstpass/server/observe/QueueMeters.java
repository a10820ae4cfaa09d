package dev.firstpass.server.observe;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.batch.QueueState;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// What waits in front of each version that is loaded, when it is asked for.
///
/// Thread-safe.
public final class QueueMeters {
    private final Supplier<Map<ModelRef.Numbered, QueueState>> queues;
    private final MultiGauge interactive;
    private final MultiGauge bulk;
    private final MultiGauge bytes;
    private final MultiGauge backlog;
    private final MultiCounter begunLate;
    private final MultiCounter endedLate;

    private QueueMeters(Supplier<Map<ModelRef.Numbered, QueueState>> queues, Metrics metrics) {
        this.queues = queues;
        this.interactive =
                gauge(metrics, "firstpass.queue.interactive", "rows", "Rows that wait and that somebody waits for");
        this.bulk = gauge(metrics, "firstpass.queue.bulk", "rows", "Rows that wait and that nobody waits for");
        this.bytes = gauge(metrics, "firstpass.queue.memory", "bytes", "Memory of the rows that wait");
        this.backlog =
                gauge(metrics, "firstpass.queue.backlog", "seconds", "How long the devices will need for what waits");
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

    private static Tags tags(ModelRef.Numbered version) {
        return Tags.of("model", version.name().value(), "version", Long.toString(version.number()));
    }
}
