package dev.firstpass.server.config;

import java.time.Duration;

/// How much of the disk uploads in pieces may take, all of them together.
///
/// Immutable.
///
/// @param maxSessions uploads that may be under way
/// @param maxBytes that they may hold
/// @param expiry how long one is kept after its last byte
public record UploadLimits(int maxSessions, long maxBytes, Duration expiry) {
    public static final UploadLimits STANDARD = new UploadLimits(64, 32L << 30, Duration.ofHours(24));

    public UploadLimits {
        if (maxSessions < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "uploads: " + maxSessions + " sessions, " + maxBytes + " bytes (expected: >= 1 of each)");
        }
        if (!expiry.isPositive()) {
            throw new IllegalArgumentException("uploads.expiry: " + expiry + " (expected: > 0)");
        }
    }
}
