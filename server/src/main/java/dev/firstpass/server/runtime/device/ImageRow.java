package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageTransform;

/// A row that was made of an image, or of what earlier stages made of it, with the way back to asset pixels.
///
/// Who was given it closes it, or hands its row to a batcher, which then does.
///
/// @param row of one tensor where it shows pixels
/// @param transform asset pixels to those of the row, or of what comes of it
public record ImageRow(Row row, ImageTransform transform) implements AutoCloseable {
    @Override
    public void close() {
        row.close();
    }
}
