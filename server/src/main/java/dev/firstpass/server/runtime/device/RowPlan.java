package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.List;

/// An asset on its way into rows: its size is known and room for its rows is had; its pixels are not decoded yet.
///
/// For one thread at a time. Who was given it closes it, which gives back the room of rows that were not made.
public interface RowPlan extends AutoCloseable {
    /// Size of the upright asset.
    ImageSize size();

    /// Decodes the asset's bytes, which may be hostile, and makes the rows, in the order of their sources. Once, by a
    /// thread that holds a CPU permit; it waits for nothing. The rows belong to the caller and live on.
    ///
    /// @throws RuntimeException with a reason of the image kind, mapped by `failure.Failures`
    List<ImageRow> fill();

    @Override
    void close();
}
