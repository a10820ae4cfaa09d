package dev.firstpass.server.config;

import java.time.Duration;
import java.util.OptionalInt;

/// What the listeners need to know.
///
/// Immutable.
///
/// @param data pre-labels, tool protocols and the page
/// @param management registry and metrics
/// @param grpcPort a further port of the data listener; everything is served on both
/// @param authentication how callers are told apart
/// @param insecure lets a listener be reached from other machines although callers are not authenticated
/// @param drainDelay how long a listener that goes down still takes new requests while it says that it is not
///     ready, so that load balancers can turn away first
/// @param drainLimit how long it then waits for requests in flight
/// @param observability what the server tells of itself
/// @param identity TLS, by which the server proves who it is; OIDC and client certificates, by which callers do beside tokens
/// @param quotas how much of the server each tenant may use
public record ServerConfig(
        ListenerConfig data,
        ListenerConfig management,
        OptionalInt grpcPort,
        Authentication authentication,
        boolean insecure,
        Limits limits,
        Duration drainDelay,
        Duration drainLimit,
        ObservabilityConfig observability,
        IdentityConfig identity,
        QuotaConfig quotas) {
    public static final ServerConfig STANDARD = new ServerConfig(
            ListenerConfig.loopback(8080),
            ListenerConfig.loopback(8081),
            OptionalInt.empty(),
            Authentication.NONE,
            false,
            Limits.STANDARD,
            Duration.ZERO,
            Duration.ofSeconds(25));

    /// With the standard observability, and without TLS, OIDC, client certificates and quotas.
    public ServerConfig(
            ListenerConfig data,
            ListenerConfig management,
            OptionalInt grpcPort,
            Authentication authentication,
            boolean insecure,
            Limits limits,
            Duration drainDelay,
            Duration drainLimit) {
        this(
                data,
                management,
                grpcPort,
                authentication,
                insecure,
                limits,
                drainDelay,
                drainLimit,
                ObservabilityConfig.STANDARD,
                IdentityConfig.NONE,
                QuotaConfig.NONE);
    }

    public ServerConfig {
        if (authentication == Authentication.NONE && !insecure) {
            requireLoopback("host", data);
            requireLoopback("admin-host", management);
        }
        if (drainDelay.isNegative() || drainLimit.isNegative()) {
            throw new IllegalArgumentException(
                    "drain: " + drainDelay + ", " + drainLimit + " (expected: neither negative)");
        }
    }

    /// Without authentication.
    public ServerConfig(
            ListenerConfig data,
            ListenerConfig management,
            OptionalInt grpcPort,
            boolean insecure,
            Limits limits,
            Duration drainDelay,
            Duration drainLimit) {
        this(data, management, grpcPort, Authentication.NONE, insecure, limits, drainDelay, drainLimit);
    }

    /// The same with another authentication.
    public ServerConfig with(Authentication other) {
        return new ServerConfig(
                data,
                management,
                grpcPort,
                other,
                insecure,
                limits,
                drainDelay,
                drainLimit,
                observability,
                identity,
                quotas);
    }

    /// The same with other observability.
    public ServerConfig with(ObservabilityConfig other) {
        return new ServerConfig(
                data,
                management,
                grpcPort,
                authentication,
                insecure,
                limits,
                drainDelay,
                drainLimit,
                other,
                identity,
                quotas);
    }

    /// The same with other TLS, OIDC and client certificates.
    public ServerConfig with(IdentityConfig other) {
        return new ServerConfig(
                data,
                management,
                grpcPort,
                authentication,
                insecure,
                limits,
                drainDelay,
                drainLimit,
                observability,
                other,
                quotas);
    }

    /// The same with quotas.
    public ServerConfig with(QuotaConfig other) {
        return new ServerConfig(
                data,
                management,
                grpcPort,
                authentication,
                insecure,
                limits,
                drainDelay,
                drainLimit,
                observability,
                identity,
                other);
    }

    private static void requireLoopback(String key, ListenerConfig listener) {
        if (!listener.isLoopback()) {
            throw new IllegalArgumentException(key + ": " + listener.host()
                    + " (expected: a loopback address, or security.authentication: tokens; insecure: true opens it to"
                    + " everybody who can reach it)");
        }
    }
}
