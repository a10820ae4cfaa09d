package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One asset to decode and the rows to make of it.
///
/// Immutable; the rows' memory is not.
///
/// @param bytes of the asset, which nobody changes
public record Decoding(byte[] bytes, InputSpec input, List<Target> rows) {
    /// One row.
    ///
    /// @param part of the asset
    /// @param memory that the row fills to the last byte
    public record Target(RowSource part, MemorySegment memory) {}
}
