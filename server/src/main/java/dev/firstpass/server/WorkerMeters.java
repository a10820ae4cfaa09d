package dev.firstpass.server;

import dev.firstpass.server.frontend.WorkerDescription;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// The runtime's workers for those who run the server: as a list, and as gauges.
///
/// Thread-safe.
final class WorkerMeters {
    private final ServerRuntime runtime;

    WorkerMeters(ServerRuntime runtime) {
        this.runtime = runtime;
    }

    /// None where models run in the server's own process.
    List<WorkerDescription> workers() {
        List<WorkerDescription> workers = new ArrayList<>();
        runtime.workers()
                .forEach((group, reports) -> reports.forEach(worker -> workers.add(new WorkerDescription(
                        group,
                        worker.device(),
                        worker.role(),
                        worker.pid(),
                        worker.walls().proven(),
                        worker.walls().gaps()))));
        return workers;
    }

    /// Adds the gauges of each role.
    void bindTo(MeterRegistry registry) {
        for (WorkerReport worker : reports().toList()) {
            gauge(registry, worker, "firstpass.worker.up", "Worker processes that run", running -> running.size());
            gauge(
                    registry,
                    worker,
                    "firstpass.worker.sandbox",
                    "Whether all of them are walled in; NaN while there is none",
                    WorkerMeters::walled);
        }
    }

    private static double walled(List<WorkerReport> running) {
        if (running.isEmpty()) {
            return Double.NaN;
        }
        return running.stream().allMatch(worker -> worker.walls().isStanding()) ? 1 : 0;
    }

    private void gauge(
            MeterRegistry registry,
            WorkerReport worker,
            String name,
            String description,
            ToDoubleFunction<List<WorkerReport>> value) {
        Gauge.builder(name, this, all -> value.applyAsDouble(all.running(worker.device(), worker.role())))
                .description(description)
                .tags("device", worker.device(), "role", worker.role())
                .register(registry);
    }

    private List<WorkerReport> running(String device, String role) {
        return reports()
                .filter(worker ->
                        worker.device().equals(device) && worker.role().equals(role))
                .filter(worker -> worker.pid().isPresent())
                .toList();
    }

    private Stream<WorkerReport> reports() {
        return runtime.workers().values().stream().flatMap(List::stream);
    }
}
