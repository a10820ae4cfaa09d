package dev.firstpass.server.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Calls of gRPC by their method and how they ended, under the name that servers of gRPC have for it in all languages. For no model:
/// [Metrics#request] has those.
///
/// Thread-safe. As many series as there are methods and codes with which they have ended.
public final class CallMeters {
    private final MeterRegistry registry;
    private final Map<Call, Counter> calls = new ConcurrentHashMap<>();

    public CallMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /// Counts one call that has ended.
    ///
    /// @param path of a method that exists: `/firstpass.v1.Prelabels/Prelabel`
    /// @param code name of the status
    public void ended(String path, String code) {
        calls.computeIfAbsent(new Call(path, code), this::counter).increment();
    }

    private Counter counter(Call call) {
        int slash = call.path.lastIndexOf('/');
        return Counter.builder("grpc.server.handled")
                .description("Calls of gRPC that have ended")
                .tag("grpc_service", call.path.substring(1, Math.max(1, slash)))
                .tag("grpc_method", call.path.substring(slash + 1))
                .tag("grpc_code", call.code)
                .register(registry);
    }

    private record Call(String path, String code) {}
}
