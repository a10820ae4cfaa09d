package dev.firstpass.server.config;

import java.util.OptionalInt;
import java.util.OptionalLong;

/// How much of a server a tenant may have. What is empty has no limit.
///
/// Immutable.
///
/// @param requestsPerSecond on the average of a second or more: that many may come at once
/// @param concurrent requests under way at a time
/// @param bytesPerDay of requests' bodies, from midnight to midnight, UTC
public record Quota(OptionalInt requestsPerSecond, OptionalInt concurrent, OptionalLong bytesPerDay) {
    public static final Quota NONE = new Quota(OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty());

    public Quota {
        if (requestsPerSecond.orElse(1) < 1 || concurrent.orElse(1) < 1 || bytesPerDay.orElse(1) < 1) {
            throw new IllegalArgumentException("quota: " + requestsPerSecond + ", " + concurrent + ", " + bytesPerDay
                    + " (expected: at least 1 of each)");
        }
    }
}
