package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.server.call.Deadline;
import java.util.List;

/// Owns the native code that decodes images, which runs on the CPU whatever models run on. Rows are made in the slab of
/// the isolation group, so that any of the group's devices may take them.
///
/// Thread-safe. Who makes it closes it, when nobody plans rows any more.
public interface DecodingHost extends AutoCloseable {
    /// Loads what decoding needs, so that the first request does not wait for it.
    void warmUp();

    /// Reads an asset's header.
    ///
    /// @param bytes of the asset, which may be hostile
    /// @param sources what the rows are made from
    /// @throws RuntimeException with a reason of the image kind, mapped by `failure.Failures`
    RowLayout layOut(byte[] bytes, InputSpec input, List<RowSource> sources);

    /// The same, with room for the rows at once.
    default RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline)
            throws InterruptedException {
        return layOut(bytes, input, sources).reserve(deadline);
    }

    @Override
    void close();
}
