package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.server.call.Deadline;

/// Which rows an asset will be made into. Nothing is held for it.
///
/// Thread-safe.
public interface RowLayout {
    /// Size of the upright asset.
    ImageSize size();

    /// Of the first row, which stands for all when it is asked whether there is room for them in a queue.
    RowSize first();

    /// Takes room for the rows in the slab, waiting for it until the deadline. For a thread that holds no CPU permit: the
    /// room comes back through others that need one.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as `Region.allocateAll`
    RowPlan reserve(Deadline deadline) throws InterruptedException;
}
