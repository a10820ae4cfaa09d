package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import java.util.List;

/// Which rows an asset will be made into. Nothing is held for it.
///
/// Thread-safe.
public interface RowLayout {
    /// Size of the upright asset.
    ImageSize size();

    /// Of each row, in the order of their sources, with a first axis of 1.
    List<Shape> shapes();

    /// Takes room for the rows in the slab, waiting for it until the deadline. For a thread that holds no CPU permit: the
    /// room comes back through others that need one.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as `Region.allocateAll`
    RowPlan reserve(Deadline deadline) throws InterruptedException;
}
