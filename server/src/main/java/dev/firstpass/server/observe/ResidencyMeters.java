package dev.firstpass.server.observe;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// What models hold of memory, and how often they come and go.
///
/// Thread-safe.
public final class ResidencyMeters implements ResidencyListener {
    private static final String BYTES = "bytes";

    private final MeterRegistry registry;

    /// Bytes of each version that holds any. One that comes back while its last stay ends holds the sum of both.
    private final Map<ModelRef.Numbered, AtomicLong> resident = new ConcurrentHashMap<>();

    private final AtomicLong budgetBytes = new AtomicLong();

    public ResidencyMeters(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("firstpass.memory.budget", budgetBytes, AtomicLong::doubleValue)
                .description("Memory that models may hold")
                .baseUnit(BYTES)
                .register(registry);
    }

    @Override
    public void opened(long bytes) {
        budgetBytes.set(bytes);
    }

    @Override
    public void loaded(ModelRef.Numbered ref, long bytes, long nanos) {
        resident.computeIfAbsent(ref, this::gauged).addAndGet(bytes);
        loads("loaded");
        Timer.builder("firstpass.model.load")
                .description("Time to load a version and warm it up")
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }

    private AtomicLong gauged(ModelRef.Numbered ref) {
        AtomicLong bytes = new AtomicLong();
        Gauge.builder("firstpass.model.resident", bytes, AtomicLong::doubleValue)
                .description("Memory that a loaded version holds")
                .baseUnit(BYTES)
                .tags(tags(ref))
                .register(registry);
        return bytes;
    }

    private static Tags tags(ModelRef.Numbered ref) {
        return Tags.of("model", ref.name().value(), "version", Long.toString(ref.number()));
    }

    @Override
    public void failed(ModelRef.Numbered ref) {
        loads("failed");
    }

    private void loads(String result) {
        Counter.builder("firstpass.model.loads")
                .description("Loads of model versions that have ended")
                .tags("result", result)
                .register(registry)
                .increment();
    }

    @Override
    public void unloaded(ModelRef.Numbered ref, long bytes, boolean evicted) {
        resident.computeIfPresent(ref, (_, held) -> {
            if (held.addAndGet(-bytes) > 0) {
                return held;
            }
            registry.find("firstpass.model.resident").tags(tags(ref)).gauges().forEach(registry::remove);
            return null;
        });
        if (evicted) {
            Counter.builder("firstpass.model.evictions")
                    .description("Versions that were unloaded to make room for others")
                    .register(registry)
                    .increment();
        }
    }
}
