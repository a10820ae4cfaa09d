package dev.firstpass.server;

import dev.firstpass.server.frontend.WorkerDescription;
import dev.firstpass.server.frontend.WorkerListing;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// The runtime's workers for those who run the server: as a list, and as gauges.
///
/// Thread-safe.
final class WorkerMeters implements WorkerListing {
    private final ServerRuntime runtime;

    WorkerMeters(ServerRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public List<WorkerDescription> workers() {
        return runtime.workers().stream()
                .map(worker -> new WorkerDescription(
                        worker.device(),
                        worker.role(),
                        worker.pid(),
                        worker.walls().proven(),
                        worker.walls().gaps()))
                .toList();
    }

    /// Adds the gauges of each worker.
    void bindTo(MeterRegistry registry) {
        for (WorkerReport worker : runtime.workers()) {
            gauge(
                    registry,
                    worker,
                    "firstpass.worker.up",
                    "Whether the worker process runs",
                    now -> now.pid().isPresent() ? 1 : 0);
            gauge(
                    registry,
                    worker,
                    "firstpass.worker.sandbox",
                    "Whether it is walled in; NaN while there is none",
                    now -> {
                        if (now.pid().isEmpty()) {
                            return Double.NaN;
                        }
                        return now.walls().isStanding() ? 1 : 0;
                    });
        }
    }

    private void gauge(
            MeterRegistry registry,
            WorkerReport worker,
            String name,
            String description,
            ToDoubleFunction<WorkerReport> value) {
        Gauge.builder(name, runtime, all -> now(all, worker.role(), value))
                .description(description)
                .tags("device", worker.device(), "role", worker.role())
                .register(registry);
    }

    private static double now(ServerRuntime runtime, String role, ToDoubleFunction<WorkerReport> value) {
        return runtime.workers().stream()
                .filter(worker -> worker.role().equals(role))
                .mapToDouble(value)
                .findFirst()
                .orElse(Double.NaN);
    }
}
