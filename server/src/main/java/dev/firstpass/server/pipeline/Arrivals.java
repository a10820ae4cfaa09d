package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;

/// What is looked at first of a request that has reached a walk, before anything is done for it.
///
/// Pure functions.
final class Arrivals {
    private Arrivals() {}

    /// @throws FailureException DEADLINE_EXCEEDED if the request has waited for its body, its event loop or its thread
    ///     until nobody has use for an answer any more
    static void requireInTime(Deadline deadline) {
        if (deadline.isPassed()) {
            throw Failure.of(Reason.DEADLINE_EXCEEDED, "the time allowed was over before the request was looked at")
                    .asException();
        }
    }
}
