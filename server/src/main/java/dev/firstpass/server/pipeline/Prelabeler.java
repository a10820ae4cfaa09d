package dev.firstpass.server.pipeline;

/// Answers a request for pre-labels; what every door calls.
///
/// Thread-safe. Blocks, so it is called on a virtual thread.
@FunctionalInterface
public interface Prelabeler {
    /// @throws RuntimeException anything; `failure.Failures` maps it; nothing of the request is kept afterwards
    PrelabelAnswer prelabel(PrelabelRequest request);
}
