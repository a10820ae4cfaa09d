package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One output of an answer, where the model has put it.
///
/// Immutable. Valid until the [TensorAnswer] that it is of is closed.
///
/// @param parts read-only; one after the other they are the tensor, packed as a [TensorInput] is
public record TensorOutput(String name, ElementType type, Shape shape, List<MemorySegment> parts) {
    public TensorOutput {
        parts = List.copyOf(parts);
    }

    /// Bytes of all parts.
    public long byteSize() {
        long bytes = 0;
        for (MemorySegment part : parts) {
            bytes += part.byteSize();
        }
        return bytes;
    }
}
