package dev.firstpass.server.config;

import java.time.Duration;

/// What may be remembered of requests.
///
/// Immutable.
///
/// @param resultBytes room for findings that may be asked for again, and for what was written of them; 0 keeps none
/// @param embeddingBytes room for what encoders made of assets, for the next prompt; 0 keeps none
/// @param assetBytes room for assets that are pointed at, so that they need not be sent with each prompt; 0 holds none
/// @param assetExpiry how long such an asset is held that nobody asks for
/// @param refusalBytes room for what is wrong with broken assets; 0 keeps none
/// @param refusalExpiry how long a broken asset is refused without another look
public record CacheLimits(
        long resultBytes,
        long embeddingBytes,
        long assetBytes,
        Duration assetExpiry,
        long refusalBytes,
        Duration refusalExpiry) {
    public static final CacheLimits STANDARD =
            new CacheLimits(64 << 20, 64 << 20, 64 << 20, Duration.ofMinutes(30), 4 << 20, Duration.ofMinutes(10));

    /// Nothing is remembered.
    public static final CacheLimits NONE = new CacheLimits(0, 0, 0, Duration.ofMinutes(30), 0, Duration.ofMinutes(10));

    public CacheLimits {
        if (resultBytes < 0 || embeddingBytes < 0 || assetBytes < 0 || refusalBytes < 0) {
            throw new IllegalArgumentException(
                    "bytes: " + resultBytes + ", " + embeddingBytes + ", " + assetBytes + ", "
                            + refusalBytes
                            + " (expected: none negative)");
        }
        if (!assetExpiry.isPositive()) {
            throw new IllegalArgumentException("assetExpiry: " + assetExpiry + " (expected: > 0)");
        }
        if (!refusalExpiry.isPositive()) {
            throw new IllegalArgumentException("refusalExpiry: " + refusalExpiry + " (expected: > 0)");
        }
    }
}
