package dev.firstpass.server.config;

import java.time.Duration;
import java.util.Optional;

/// What one address may have, and how slow a client may be.
///
/// Immutable.
///
/// @param maxConnectionsPerAddress connections of one listener from one IPv4 address, or from one /64 of IPv6
/// @param headTimeout from the first byte of a request's head to its last
/// @param leastRate bytes a second that a client takes of its answers, and sends of a model, at the least; measured over
///     times as long as the connection may stall
/// @param connectionAge after which a client is told to make another connection; empty: never
public record WireLimits(
        int maxConnectionsPerAddress, Duration headTimeout, long leastRate, Optional<Duration> connectionAge) {
    public static final WireLimits STANDARD = new WireLimits(1_000, Duration.ofSeconds(10), 1 << 10, Optional.empty());

    public WireLimits {
        if (maxConnectionsPerAddress < 1 || leastRate < 1) {
            throw new IllegalArgumentException("wire: " + maxConnectionsPerAddress + " connections, " + leastRate
                    + " bytes a second (expected: >= 1 of each)");
        }
        if (!headTimeout.isPositive()) {
            throw new IllegalArgumentException("headTimeout: " + headTimeout + " (expected: > 0)");
        }
    }
}
