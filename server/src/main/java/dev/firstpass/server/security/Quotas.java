package dev.firstpass.server.security;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.config.Quota;
import dev.firstpass.server.config.QuotaConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.AttributeKey;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Holds tenants to their quotas: decided on a request's head, before any of its body is read, and once more for each further
/// message of a stream. Whoever runs the server, by the token that ends with it, is not held to any, and nobody is asked to
/// count who scrapes metrics.
///
/// Each server counts by itself, and what it has counted ends with it.
///
/// Thread-safe. Costs nothing where nobody is limited, and for who is, two looks into a map and a few atomic operations.
public final class Quotas {
    private static final AttributeKey<Share> SHARE = AttributeKey.valueOf(Quotas.class, "share");

    /// Tenants beyond that are counted together.
    private static final int MOST_LABELS = 50;

    private final QuotaConfig config;
    private final boolean isLimiting;
    private final LongSupplier nanos;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final Map<Tenant, TenantUse> uses = new ConcurrentHashMap<>();
    private final AtomicInteger labels = new AtomicInteger();

    /// @param nanos a clock as `System.nanoTime`
    /// @param clock tells the day
    public Quotas(QuotaConfig config, LongSupplier nanos, InstantSource clock, MeterRegistry meters) {
        this.config = config;
        this.isLimiting = config.isLimiting();
        this.nanos = nanos;
        this.clock = clock;
        this.meters = meters;
    }

    /// Whether a request would be let in now. Takes nothing.
    boolean hasRoom(Caller caller, RequestHeaders head) {
        return !isLimited(caller) || use(caller.tenant()).hasRoom(nanos.getAsLong(), clock.millis(), bytes(head));
    }

    /// Lets a request in, which takes its share until it has ended.
    ///
    /// @throws FailureException QUOTA_EXCEEDED
    void enter(ServiceRequestContext context, Caller caller, RequestHeaders head) {
        if (!isLimited(caller)) {
            return;
        }
        TenantUse use = use(caller.tenant());
        long announced = bytes(head);
        use.enter(nanos.getAsLong(), clock.millis(), announced);
        Share share = new Share(use, announced, clock.millis());
        context.setAttr(SHARE, share);
        var _ = context.log().whenRequestComplete().thenAccept(log -> share.came(log.requestLength()));
        var _ = context.log().whenComplete().thenRun(use::leave);
    }

    /// Lets a further message of a stream in.
    ///
    /// @param bytes of it; asked where its tenant is limited
    /// @throws FailureException QUOTA_EXCEEDED
    public static void further(ServiceRequestContext context, LongSupplier bytes) {
        @Nullable Share share = context.attr(SHARE);
        if (share != null) {
            share.further(bytes.getAsLong());
        }
    }

    private boolean isLimited(Caller caller) {
        return isLimiting && !caller.equals(TokenAuthenticator.OWNER);
    }

    private TenantUse use(Tenant tenant) {
        TenantUse known = uses.get(tenant);
        return known != null ? known : uses.computeIfAbsent(tenant, this::begin);
    }

    private TenantUse begin(Tenant tenant) {
        Quota quota = config.of(tenant);
        String label = labels.getAndIncrement() < MOST_LABELS ? tenant.value() : "other";
        return new TenantUse(
                quota,
                kind -> Counter.builder("firstpass.quota.refused")
                        .description("Requests that were refused since their tenant's quota was used up")
                        .tag("tenant", label)
                        .tag("quota", kind)
                        .register(meters)
                        .increment());
    }

    /// What the head says that comes; 0 where it does not say.
    private static long bytes(RequestHeaders head) {
        return Math.max(0, head.contentLength());
    }

    /// What one request has of its tenant's quota.
    private final class Share {
        private final TenantUse use;
        /// Bytes that are booked; guarded by this, as what follows.
        private long booked;

        private boolean isWhole;

        /// When the last of them were.
        private long bookedAt;

        Share(TenantUse use, long booked, long bookedAt) {
            this.use = use;
            this.booked = booked;
            this.bookedAt = bookedAt;
        }

        /// Of a request that has come whole, its bytes are booked.
        synchronized void further(long bytes) {
            long now = clock.millis();
            long more = isWhole ? 0 : bytes;
            use.further(nanos.getAsLong(), now, more);
            booked += more;
            bookedAt = now;
        }

        /// Books what came beyond what was announced, or gives back what did not come.
        synchronized void came(long bytes) {
            long more = bytes - booked;
            use.book(more < 0 ? bookedAt : clock.millis(), more);
            booked = bytes;
            isWhole = true;
        }
    }
}
