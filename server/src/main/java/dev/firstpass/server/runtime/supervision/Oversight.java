package dev.firstpass.server.runtime.supervision;

import java.util.function.LongSupplier;

/// How workers are watched.
///
/// Immutable.
///
/// @param watchdog looks in on them
/// @param listener hears of those that are lost
/// @param nanoClock monotonic, in nanoseconds
public record Oversight(Watchdog watchdog, SupervisionListener listener, LongSupplier nanoClock) {}
