package dev.firstpass.server.frontend;

import dev.firstpass.server.config.Limits;

/// What a door is given by its listener.
///
/// Immutable.
///
/// @param readiness of the server as a whole: not ready while it goes down
/// @param operations long work on the registry
public record FrontendContext(
        Backend backend, Limits limits, RequestThreads threads, ReadinessProbe readiness, Operations operations) {}
