package dev.firstpass.server.config;

import dev.firstpass.registry.Tenant;
import java.util.Map;

/// How much of a server each tenant may have.
///
/// Immutable.
///
/// @param usual of those that are not named
/// @param named of the others
public record QuotaConfig(Quota usual, Map<Tenant, Quota> named) {
    /// Nobody is limited.
    public static final QuotaConfig NONE = new QuotaConfig(Quota.NONE, Map.of());

    public QuotaConfig {
        named = Map.copyOf(named);
    }

    public Quota of(Tenant tenant) {
        return named.getOrDefault(tenant, usual);
    }

    /// Whether anybody is limited.
    public boolean isLimiting() {
        return !usual.equals(Quota.NONE) || named.values().stream().anyMatch(quota -> !quota.equals(Quota.NONE));
    }
}
