package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Waiter;
import java.util.List;

/// What the queue has to know of a row, which need not be there yet.
///
/// Immutable.
///
/// @param shapes of its tensors, each with a first axis of 1
/// @param bytes of them all
public record RowOutline(List<Shape> shapes, long bytes, Waiter waiter) {
    public RowOutline {
        shapes = List.copyOf(shapes);
    }
}
