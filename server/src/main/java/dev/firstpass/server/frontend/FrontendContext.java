package dev.firstpass.server.frontend;

import dev.firstpass.server.config.Limits;

/// What a door is given by its listener.
///
/// Immutable.
///
/// @param readiness of the server as a whole: not ready while it goes down
/// @param operations long work on the registry
/// @param streams are told when it goes down
/// @param unread answers that clients have not taken yet
public record FrontendContext(
        Backend backend,
        Limits limits,
        RequestThreads threads,
        ReadinessProbe readiness,
        Operations operations,
        OpenStreams streams,
        UnreadAnswers unread) {}
