package dev.firstpass.server.failure;

import java.time.Duration;
import java.util.Optional;

/// Why a request failed, in words that may be shown to the caller.
///
/// Immutable.
///
/// @param detail one sentence without path, stack or address
/// @param field the parameter at fault, where there is one
/// @param retryAfter how long to wait, where trying again makes sense
public record Failure(Reason reason, String detail, Optional<String> field, Optional<Duration> retryAfter) {
    public static Failure of(Reason reason, String detail) {
        return new Failure(reason, detail, Optional.empty(), Optional.empty());
    }

    public static Failure ofField(Reason reason, String field, String detail) {
        return new Failure(reason, detail, Optional.of(field), Optional.empty());
    }

    /// OVERLOADED. How long a queue will be is not known; a second is long enough for most of what is in it to be done.
    public static Failure overloaded(String detail) {
        return new Failure(Reason.OVERLOADED, detail, Optional.empty(), Optional.of(Duration.ofSeconds(1)));
    }

    /// This failure as an exception, to be thrown on the walk.
    public FailureException asException() {
        return new FailureException(this);
    }
}
