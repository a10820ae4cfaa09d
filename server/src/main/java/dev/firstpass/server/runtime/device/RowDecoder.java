package dev.firstpass.server.runtime.device;

import dev.firstpass.server.call.Deadline;

/// Turns an asset's bytes, which may be hostile, into rows.
///
/// Thread-safe. Who makes it closes it, when nothing is decoded any more.
public interface RowDecoder extends AutoCloseable {
    /// Decodes the bytes once and fills every row, on the calling thread or while it waits. When this returns, or
    /// throws, nobody writes into the rows any more.
    ///
    /// @param deadline after which nothing is tried a second time
    /// @throws dev.firstpass.server.image.ImageException if the bytes are at fault
    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST or INPUT_QUARANTINED, where another process
    ///     decodes and ended over it
    void decode(Decoding work, Deadline deadline);

    @Override
    void close();
}
