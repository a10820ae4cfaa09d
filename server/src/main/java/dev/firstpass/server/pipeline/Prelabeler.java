package dev.firstpass.server.pipeline;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;

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

    /// Has a model that takes prompts look at an asset, so that the prompts to come wait for no more than they must, and holds the asset
    /// for them. Nothing is predicted, so the ledger learns of nothing. Blocks, so it is called on a virtual thread.
    ///
    /// @param request whose prompt, labeling and format mean nothing
    /// @throws RuntimeException as `prelabel`; ARGUMENT_INVALID where the model takes no prompts
    /// @implSpec is not served
    default OpenedAsset open(PrelabelRequest request) {
        throw Failure.of(Reason.NOT_SUPPORTED, "assets cannot be opened here").asException();
    }
}
