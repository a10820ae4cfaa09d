package dev.firstpass.registry.store;

import java.util.Optional;

/// What is behind a failure that a library has wrapped.
///
/// Thread-safe.
final class Causes {
    private Causes() {}

    /// The first of a kind, beginning with the failure itself.
    static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> kind) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (kind.isInstance(cause)) {
                return Optional.of(kind.cast(cause));
            }
        }
        return Optional.empty();
    }
}
