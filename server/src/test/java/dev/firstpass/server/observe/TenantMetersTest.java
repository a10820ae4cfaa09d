package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class TenantMetersTest {
    @AutoClose
    private final Metrics metrics = new Metrics();

    private final AtomicLong nanos = new AtomicLong();
    private final TenantMeters tenants = TenantMeters.bind(metrics, nanos::get);

    private List<String> series() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("firstpass_tenant_requests_total{"))
                .toList();
    }

    @Test
    void tenantsRequests_areCounted_byHowTheyEnded() {
        tenants.ended("acme", "200", "OK");
        tenants.ended("acme", "200", "OK");
        tenants.ended("acme", "429", "QUOTA_EXCEEDED");
        assertEquals(
                List.of(
                        "firstpass_tenant_requests_total{result=\"ok\",tenant=\"acme\"} 2.0",
                        "firstpass_tenant_requests_total{result=\"shed\",tenant=\"acme\"} 1.0"),
                series().stream().sorted().toList());
    }

    @Test
    void tenThousandTenants_haveFiftyOneSeries() {
        for (int i = 0; i < 10_000; i++) {
            tenants.ended("tenant-" + i, "200", "OK");
        }
        List<String> series = series();
        assertEquals(TenantMeters.MOST + 1, series.size());
        assertTrue(series.contains("firstpass_tenant_requests_total{result=\"ok\",tenant=\"other\"} 9950.0"));
    }

    @Test
    void tenantThatIsIdleForAnHour_makesRoom() {
        for (int i = 0; i < TenantMeters.MOST; i++) {
            tenants.ended("tenant-" + i, "200", "OK");
        }
        nanos.addAndGet(Duration.ofMinutes(59).toNanos());
        tenants.ended("late", "200", "OK");
        for (int i = 1; i < TenantMeters.MOST; i++) {
            tenants.ended("tenant-" + i, "200", "OK");
        }
        assertFalse(series().toString().contains("late"));

        nanos.addAndGet(Duration.ofMinutes(2).toNanos());
        tenants.ended("late", "200", "OK");
        assertTrue(series().toString().contains("late"));
        assertFalse(series().toString().contains("\"tenant-0\""));
        tenants.ended("later", "200", "OK");
        assertFalse(series().toString().contains("later"));
    }
}
