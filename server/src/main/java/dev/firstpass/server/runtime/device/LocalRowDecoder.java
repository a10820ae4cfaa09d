package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.PixelBuffers;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.image.RowFiller;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Decodes in this very process, on the calling thread. Native memory for pixels is used again, each piece by one thread at
/// a time: there are as many as there ever were threads that decoded at once, and between images each holds
/// [PixelBuffers#KEPT_BYTES] at most.
///
/// Thread-safe.
public final class LocalRowDecoder implements RowDecoder {
    private final ImageDecoder decoder;
    /// The ones that nobody uses; the last used on top.
    private final Deque<PixelBuffers> free = new ConcurrentLinkedDeque<>();

    public LocalRowDecoder(ImageDecoder decoder) {
        this.decoder = decoder;
    }

    @Override
    public void decode(Decoding work, Deadline deadline) {
        decode(work);
    }

    /// Decodes the bytes once and fills every row.
    ///
    /// @throws dev.firstpass.server.image.ImageException if the bytes are at fault
    public void decode(Decoding work) {
        PixelBuffers last = free.poll();
        PixelBuffers buffers = last == null ? new PixelBuffers() : last;
        try (Raster raster = decoder.decode(work.bytes(), size -> reduction(work, size), buffers)) {
            for (Decoding.Target row : work.rows()) {
                RowFiller.fill(raster, work.input(), row.part(), row.memory(), buffers);
            }
        } finally {
            buffers.settle();
            free.push(buffers);
        }
    }

    /// Crops are cut from the full size.
    private static int reduction(Decoding work, ImageSize size) {
        boolean areWhole = work.rows().stream().allMatch(row -> row.part() instanceof RowSource.Whole);
        return areWhole ? RowFiller.reduction(work.input(), size) : 1;
    }

    @Override
    public void close() {
        for (PixelBuffers buffers = free.poll(); buffers != null; buffers = free.poll()) {
            buffers.close();
        }
    }
}
