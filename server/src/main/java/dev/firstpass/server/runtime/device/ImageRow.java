package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageTransform;

/// A row that was made of an image, with the way back to asset pixels.
///
/// Who was given it closes it, or hands its row to a batcher, which then does.
///
/// @param row of one tensor
public record ImageRow(Row row, ImageTransform transform) implements AutoCloseable {
    @Override
    public void close() {
        row.close();
    }
}
