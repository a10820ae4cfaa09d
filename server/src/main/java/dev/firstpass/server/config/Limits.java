package dev.firstpass.server.config;

import java.time.Duration;

/// How much of everything one client, connection or request may have.
///
/// Immutable.
///
/// @param maxBodyBytes of one pre-label request, over HTTP and gRPC; at most 1 GiB
/// @param maxUploadBytes of one bundle sent to the registry
/// @param bodyTimeout from the first byte of a request to the last; for uploads, between two pieces
/// @param timeout of a pre-label request that names none
/// @param maxTimeout longest that a request may name
/// @param idleTimeout after which a connection without a request is closed
/// @param maxConnections of one listener
/// @param maxStreams HTTP/2 streams of one connection
/// @param streamConcurrency requests of one gRPC stream that are worked on at a time
/// @param unreadBytes of answers that one connection may leave unread
/// @param unreadTimeout after which a connection that has not read an answer is closed; longer for large ones
/// @param uploads in pieces
/// @param wire of one address, and of slow clients
public record Limits(
        long maxBodyBytes,
        long maxUploadBytes,
        Duration bodyTimeout,
        Duration timeout,
        Duration maxTimeout,
        Duration idleTimeout,
        int maxConnections,
        int maxStreams,
        int streamConcurrency,
        long unreadBytes,
        Duration unreadTimeout,
        UploadLimits uploads,
        WireLimits wire) {
    public static final Limits STANDARD = new Limits(
            64L << 20,
            8L << 30,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofSeconds(60),
            10_000,
            100,
            16,
            64L << 20,
            Duration.ofSeconds(30),
            UploadLimits.STANDARD,
            WireLimits.STANDARD);

    private static final long GIB = 1L << 30;

    public Limits {
        if (maxBodyBytes < 1 || maxBodyBytes > GIB) {
            throw new IllegalArgumentException("maxBodyBytes: " + maxBodyBytes + " (expected: 1.." + GIB + ")");
        }
        atLeastOne("maxUploadBytes", maxUploadBytes);
        atLeastOne("maxConnections", maxConnections);
        atLeastOne("maxStreams", maxStreams);
        atLeastOne("streamConcurrency", streamConcurrency);
        atLeastOne("unreadBytes", unreadBytes);
        positive("unreadTimeout", unreadTimeout);
        positive("bodyTimeout", bodyTimeout);
        positive("timeout", timeout);
        positive("maxTimeout", maxTimeout);
        positive("idleTimeout", idleTimeout);
        if (timeout.compareTo(maxTimeout) > 0) {
            throw new IllegalArgumentException(
                    "timeout: " + timeout + " (expected: at most maxTimeout, " + maxTimeout + ")");
        }
    }

    public Limits withMaxBodyBytes(long bytes) {
        return with(bytes, maxUploadBytes, bodyTimeout, idleTimeout, unreadBytes, unreadTimeout, uploads, wire);
    }

    public Limits withBodyTimeout(Duration limit) {
        return with(maxBodyBytes, maxUploadBytes, limit, idleTimeout, unreadBytes, unreadTimeout, uploads, wire);
    }

    public Limits withIdleTimeout(Duration limit) {
        return with(maxBodyBytes, maxUploadBytes, bodyTimeout, limit, unreadBytes, unreadTimeout, uploads, wire);
    }

    public Limits withUnread(long bytes, Duration limit) {
        return with(maxBodyBytes, maxUploadBytes, bodyTimeout, idleTimeout, bytes, limit, uploads, wire);
    }

    public Limits withUploads(long maxBytes, UploadLimits inPieces) {
        return with(maxBodyBytes, maxBytes, bodyTimeout, idleTimeout, unreadBytes, unreadTimeout, inPieces, wire);
    }

    public Limits withWire(WireLimits limits) {
        return with(
                maxBodyBytes, maxUploadBytes, bodyTimeout, idleTimeout, unreadBytes, unreadTimeout, uploads, limits);
    }

    private Limits with(
            long maxBodyBytes,
            long maxUploadBytes,
            Duration bodyTimeout,
            Duration idleTimeout,
            long unreadBytes,
            Duration unreadTimeout,
            UploadLimits uploads,
            WireLimits wire) {
        return new Limits(
                maxBodyBytes,
                maxUploadBytes,
                bodyTimeout,
                timeout,
                maxTimeout,
                idleTimeout,
                maxConnections,
                maxStreams,
                streamConcurrency,
                unreadBytes,
                unreadTimeout,
                uploads,
                wire);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
    }
}
