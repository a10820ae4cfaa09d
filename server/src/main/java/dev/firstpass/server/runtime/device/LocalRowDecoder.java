package dev.firstpass.server.runtime.device;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.image.RowFiller;

/// Decodes in this very process, on the calling thread.
///
/// Thread-safe.
public final class LocalRowDecoder implements RowDecoder {
    private final ImageDecoder decoder;

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
        try (Raster raster = decoder.decode(work.bytes())) {
            work.rows().forEach(row -> RowFiller.fill(raster, work.input(), row.part(), row.memory()));
        }
    }

    @Override
    public void close() {
        // Nothing is kept.
    }
}
