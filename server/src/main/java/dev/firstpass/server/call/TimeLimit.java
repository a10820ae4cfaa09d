package dev.firstpass.server.call;

import java.time.Duration;

/// How long an answer is of use.
///
/// Immutable.
///
/// @param duration from the arrival of the request
/// @param isAsked whether the caller named it: then an answer that would come later is refused as soon as that is known;
///     else it is only when the server gives up
public record TimeLimit(Duration duration, boolean isAsked) {
    /// The shorter of both; this one where they are equal.
    public TimeLimit sooner(TimeLimit other) {
        return other.duration.compareTo(duration) < 0 ? other : this;
    }
}
