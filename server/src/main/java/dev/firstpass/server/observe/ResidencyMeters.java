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

    /// Bytes of each version that holds any of a device. One that comes back while its last stay ends holds the sum of
    /// both.
    private final Map<Holding, AtomicLong> resident = new ConcurrentHashMap<>();

    public ResidencyMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void opened(Map<String, Long> budgets) {
        budgets.forEach((device, bytes) -> Gauge.builder("firstpass.memory.budget", () -> bytes)
                .description("Memory of a device that models may hold")
                .baseUnit(BYTES)
                .tags("device", device)
                .register(registry));
    }

    @Override
    public void loaded(ModelRef.Numbered ref, Map<String, Long> bytes, long nanos) {
        bytes.forEach((device, each) ->
                resident.computeIfAbsent(new Holding(ref, device), this::gauged).addAndGet(each));
        loads("loaded");
        Timer.builder("firstpass.model.load")
                .description("Time to load a version and warm it up")
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }

    private AtomicLong gauged(Holding holding) {
        AtomicLong bytes = new AtomicLong();
        Gauge.builder("firstpass.model.resident", bytes, AtomicLong::doubleValue)
                .description("Memory of a device that a loaded version holds")
                .baseUnit(BYTES)
                .tags(holding.tags())
                .register(registry);
        return bytes;
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
    public void unloaded(ModelRef.Numbered ref, Map<String, Long> bytes, boolean evicted) {
        bytes.forEach((device, each) -> release(new Holding(ref, device), each));
        if (evicted) {
            Counter.builder("firstpass.model.evictions")
                    .description("Versions that were unloaded to make room for others")
                    .register(registry)
                    .increment();
        }
    }

    private void release(Holding holding, long bytes) {
        resident.computeIfPresent(holding, (_, held) -> {
            if (held.addAndGet(-bytes) > 0) {
                return held;
            }
            registry.find("firstpass.model.resident")
                    .tags(holding.tags())
                    .gauges()
                    .forEach(registry::remove);
            return null;
        });
    }

    /// A version on a device.
    private record Holding(ModelRef.Numbered ref, String device) {
        Tags tags() {
            return Tags.of("model", ref.name().qualified(), "version", Long.toString(ref.number()), "device", device);
        }
    }
}
