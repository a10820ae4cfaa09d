package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import java.util.List;

/// Decodes in the server's own process, on the calling thread and without a wall.
///
/// Thread-safe.
public final class InProcessDecodingHost implements DecodingHost {
    private final RowPlanner planner;
    private final LocalRowDecoder rows;

    /// @param slab where rows are made; not closed
    public InProcessDecodingHost(ImageLimits images, Slab slab) {
        ImageDecoder decoder = new ImageDecoder(images);
        this.rows = new LocalRowDecoder(decoder);
        this.planner = new RowPlanner(decoder, slab, rows);
    }

    @Override
    public void warmUp() {
        planner.warmUp();
    }

    @Override
    public RowLayout layOut(byte[] bytes, InputSpec input, List<RowSource> sources) {
        return planner.layOut(bytes, input, sources);
    }

    @Override
    public void close() {
        rows.close();
    }
}
