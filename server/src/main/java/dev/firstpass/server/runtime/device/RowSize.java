package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;

/// How large a row will be.
///
/// Immutable.
///
/// @param shapes of its tensors, each with a first axis of 1 where the model has a batch axis
/// @param bytes of all of them
public record RowSize(List<Shape> shapes, long bytes) {
    public RowSize {
        shapes = List.copyOf(shapes);
    }
}
