package dev.firstpass.server.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Counters of one name whose counts are kept elsewhere, one for each set of tags that there is: what a `MultiGauge` is for
/// gauges.
///
/// Thread-safe.
final class MultiCounter {
    private final MeterRegistry registry;
    private final String name;
    private final String unit;
    private final String description;
    private final Map<Tags, Row> rows = new HashMap<>();

    MultiCounter(MeterRegistry registry, String name, String unit, String description) {
        this.registry = registry;
        this.name = name;
        this.unit = unit;
        this.description = description;
    }

    /// What there is now; counters of other tags end. A count that is less than before has begun anew.
    synchronized void set(Map<Tags, Long> counts) {
        for (Iterator<Map.Entry<Tags, Row>> known = rows.entrySet().iterator(); known.hasNext(); ) {
            Map.Entry<Tags, Row> row = known.next();
            if (!counts.containsKey(row.getKey())) {
                registry.remove(row.getValue().counter);
                known.remove();
            }
        }
        counts.forEach(
                (tags, count) -> rows.computeIfAbsent(tags, this::row).count.set(count));
    }

    private Row row(Tags tags) {
        AtomicLong count = new AtomicLong();
        return new Row(
                FunctionCounter.builder(name, count, AtomicLong::get)
                        .description(description)
                        .baseUnit(unit)
                        .tags(tags)
                        .register(registry),
                count);
    }

    /// @param count which the counter itself does not keep from being collected
    private record Row(FunctionCounter counter, AtomicLong count) {}
}
