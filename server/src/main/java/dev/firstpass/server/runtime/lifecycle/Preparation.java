package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.server.runtime.batch.WarmUpTimes;

/// What it took to get one stage ready on one device, and what was learned of it.
///
/// Immutable.
///
/// @param openNanos opening the session
/// @param warmUpNanos the runs before the first request
public record Preparation(long openNanos, long warmUpNanos, WarmUpTimes warmUp) {}
