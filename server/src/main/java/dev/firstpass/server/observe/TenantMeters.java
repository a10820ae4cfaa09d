package dev.firstpass.server.observe;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// How each tenant's requests end. No more than [#MOST] tenants have series of their own, and all others one together: a
/// tenant gets one of those when there is one left, or when one has had no request for an hour.
///
/// Thread-safe.
public final class TenantMeters {
    static final int MOST = 50;
    static final String OTHER = "other";

    private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();
    private static final long LOOK_NANOS = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanos;
    private final Map<String, Counts> tenants = new ConcurrentHashMap<>();
    private final Counts others = new Counts(0);

    /// When somebody may look for one that is idle. Guarded by this.
    private long nextLook;

    private TenantMeters(LongSupplier nanos) {
        this.nanos = nanos;
        this.nextLook = nanos.getAsLong();
    }

    /// Adds them.
    ///
    /// @param nanos a clock as `System.nanoTime`
    public static TenantMeters bind(Metrics metrics, LongSupplier nanos) {
        TenantMeters meters = new TenantMeters(nanos);
        metrics.add(meters::collect);
        return meters;
    }

    /// Counts one request that has ended.
    ///
    /// @param code HTTP status or name of the gRPC code
    /// @param reason name of a reason, or `OK`
    public void ended(String tenant, String code, String reason) {
        Counts known = tenants.get(tenant);
        long now = nanos.getAsLong();
        Counts counts = known == null ? begun(tenant, now) : known;
        counts.used = now;
        counts.results
                .computeIfAbsent(RequestResult.of(reason, code), _ -> new LongAdder())
                .increment();
    }

    private synchronized Counts begun(String tenant, long now) {
        Counts known = tenants.get(tenant);
        if (known != null) {
            return known;
        }
        if (tenants.size() >= MOST && !hasMadeRoom(now)) {
            return others;
        }
        Counts begun = new Counts(now);
        tenants.put(tenant, begun);
        return begun;
    }

    private boolean hasMadeRoom(long now) {
        if (now - nextLook < 0) {
            return false;
        }
        nextLook = now + LOOK_NANOS;
        Optional<Map.Entry<String, Counts>> idle = tenants.entrySet().stream()
                .filter(entry -> now - entry.getValue().used > IDLE_NANOS)
                .max(Comparator.comparingLong(entry -> now - entry.getValue().used));
        idle.ifPresent(entry -> tenants.remove(entry.getKey()));
        return idle.isPresent();
    }

    private CounterSnapshot collect() {
        CounterSnapshot.Builder all = CounterSnapshot.builder()
                .name("firstpass_tenant_requests")
                .help(
                        "Requests that have ended, by whose they were; those of tenants beyond the fiftieth are together");
        tenants.forEach((tenant, counts) -> counts.addTo(all, tenant));
        others.addTo(all, OTHER);
        return all.build();
    }

    private static final class Counts {
        private final Map<RequestResult, LongAdder> results = new ConcurrentHashMap<>();

        /// When it last counted something.
        private volatile long used;

        Counts(long used) {
            this.used = used;
        }

        void addTo(CounterSnapshot.Builder all, String tenant) {
            results.forEach((result, count) -> all.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(Labels.of("tenant", tenant, "result", result.id()))
                    .value((double) count.sum())
                    .build()));
        }
    }
}
