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
        UploadLimits uploads) {
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
            UploadLimits.STANDARD);

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
        return with(bytes, maxUploadBytes, bodyTimeout, unreadBytes, unreadTimeout, uploads);
    }

    public Limits withBodyTimeout(Duration limit) {
        return with(maxBodyBytes, maxUploadBytes, limit, unreadBytes, unreadTimeout, uploads);
    }

    public Limits withUnread(long bytes, Duration timeout) {
        return with(maxBodyBytes, maxUploadBytes, bodyTimeout, bytes, timeout, uploads);
    }

    public Limits withUploads(long maxBytes, UploadLimits inPieces) {
        return with(maxBodyBytes, maxBytes, bodyTimeout, unreadBytes, unreadTimeout, inPieces);
    }

    private Limits with(
            long maxBodyBytes,
            long maxUploadBytes,
            Duration bodyTimeout,
            long unreadBytes,
            Duration unreadTimeout,
            UploadLimits uploads) {
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
                uploads);
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
