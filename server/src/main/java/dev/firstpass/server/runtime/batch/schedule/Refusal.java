package dev.firstpass.server.runtime.batch.schedule;

/// Why a row will not run.
///
/// Immutable.
///
/// @param retryAfterNanos when a row like it may fare better, by what is known; 0 where waiting does not help
public record Refusal(Cause cause, long retryAfterNanos) {
    public enum Cause {
        /// No more rows may wait.
        QUEUE_FULL,
        /// No more rows of this tenant's may wait.
        TENANT_FULL,
        /// Its answer would come after its timeout or, where it has none, the hard limit.
        TOO_LATE
    }
}
