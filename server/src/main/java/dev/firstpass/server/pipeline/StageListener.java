package dev.firstpass.server.pipeline;

import java.util.Map;

/// Hears where a request's time goes, while it goes: for its trace.
///
/// Thread-safe. Takes no time, and does not throw.
@FunctionalInterface
public interface StageListener {
    /// Nobody listens.
    StageListener NONE = (_, _, _) -> {};

    /// Header lines for whoever is asked on the request's behalf, a place that an image is fetched from.
    default Map<String, String> carried() {
        return Map.of();
    }

    /// A stage of the walk has ended. A request may meet one more than once.
    ///
    /// @param stage its name on the wire, for instance `decode`
    /// @param beganNanos as `System.nanoTime` tells, as is `endedNanos`
    void ended(String stage, long beganNanos, long endedNanos);
}
