package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// One asset to decode and the rows to make of it.
///
/// Immutable; the rows' memory is not.
///
/// @param bytes of the asset, which nobody changes
public record Decoding(byte[] bytes, InputSpec input, List<Target> rows) {
    /// One row.
    ///
    /// @param part of the asset, in whole pixels; all of it where there is none
    /// @param memory that the row fills to the last byte
    public record Target(Optional<Rect> part, MemorySegment memory) {}
}
