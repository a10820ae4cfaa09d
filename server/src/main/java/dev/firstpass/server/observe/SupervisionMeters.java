package dev.firstpass.server.observe;

import dev.firstpass.server.runtime.supervision.SupervisionListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// How often workers are lost, and what came of it.
///
/// Thread-safe.
public final class SupervisionMeters implements SupervisionListener {
    private final MeterRegistry registry;
    private final Counter quarantined;
    private final Counter rollbacks;

    public SupervisionMeters(MeterRegistry registry) {
        this.registry = registry;
        this.quarantined = Counter.builder("firstpass.quarantined")
                .description("Inputs that were refused because they brought their worker down twice")
                .register(registry);
        this.rollbacks = Counter.builder("firstpass.alias.rollbacks")
                .description("Aliases that were taken back from a version that brought its worker down time after time")
                .register(registry);
    }

    @Override
    public void workerLost(String device, String role, String reason) {
        Counter.builder("firstpass.worker.restarts")
                .description("Worker processes that were lost and start again when they are needed")
                .tags("device", device, "role", role, "reason", reason)
                .register(registry)
                .increment();
    }

    @Override
    public void quarantined() {
        quarantined.increment();
    }

    @Override
    public void rolledBack() {
        rollbacks.increment();
    }
}
