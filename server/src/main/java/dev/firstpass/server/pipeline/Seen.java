package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.KeptOutputs;
import java.util.List;

/// What a stage gave for the rows of one asset.
///
/// Who was given it closes it, which gives the outputs back.
///
/// @param size of the upright asset
/// @param rows in the order that they were asked for
record Seen(ImageSize size, List<RowOutput> rows) implements AutoCloseable {
    Seen {
        rows = List.copyOf(rows);
    }

    /// The same on the heap, for whom the outputs have to outlive their run. Closes this.
    Seen kept() {
        try (this) {
            return new Seen(
                    size,
                    rows.stream()
                            .map(row -> new RowOutput(KeptOutputs.of(row.outputs()), row.transform()))
                            .toList());
        }
    }

    @Override
    public void close() {
        rows.forEach(row -> row.outputs().close());
    }
}
