package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;

/// One model input in the slab, filled and ready to run, with the way back to asset pixels.
///
/// Who was given it closes it, or hands it to a batcher, which then does.
///
/// @param shape with a first axis of 1
public record Row(Shape shape, ElementType type, ImageTransform transform, Region.Block block)
        implements AutoCloseable {
    @Override
    public void close() {
        block.close();
    }
}
