package dev.firstpass.server.pipeline;

/// Answers a request for pre-labels; what every door calls.
///
/// Thread-safe.
@FunctionalInterface
public interface Prelabeler {
    /// Blocks, so it is called on a virtual thread.
    ///
    /// @throws RuntimeException anything; `failure.Failures` maps it; nothing of the request is kept afterwards
    PrelabelAnswer prelabel(PrelabelRequest request);

    /// What `prelabel` would answer, where it is at hand. Does not wait, and takes no more than the digest of the asset's bytes
    /// and a copy of the answer, so that an event loop may call it for an asset that is inline and small.
    ///
    /// @throws RuntimeException as `prelabel`
    /// @implSpec nothing is at hand
    default Recalled recall(PrelabelRequest request) {
        return new Recalled.Nothing(request);
    }
}
