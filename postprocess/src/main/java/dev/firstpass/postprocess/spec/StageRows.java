package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// What the rows of a stage are made from, all of one asset and of the kind that its [StageSource] says.
///
/// Immutable, all variants.
public sealed interface StageRows {
    /// The whole asset as one row.
    StageRows WHOLE = new Parts(List.of(new RowSource.Whole()));

    /// Pixels of the asset.
    ///
    /// @param parts at least one
    record Parts(List<RowSource> parts) implements StageRows {
        public Parts {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("rows: none (expected: >= 1)");
            }
        }
    }

    /// Tensors that the family has made.
    ///
    /// @param rows at least one
    record Made(List<MadeRow> rows) implements StageRows {
        public Made {
            rows = List.copyOf(rows);
            if (rows.isEmpty()) {
                throw new IllegalArgumentException("rows: none (expected: >= 1)");
            }
        }
    }

    /// Every input of the stage; the row is a copy. They may be views of the outputs that the family was given, which outlive its
    /// reading where a stage's rows are made of them ([ModelSpec#hasMadeStage()]).
    ///
    /// @param tensors always in the same order for the same stage; at least one
    /// @param transform asset pixels to the pixels that the stage's outputs are in
    record MadeRow(List<Tensor> tensors, ImageTransform transform) {
        public MadeRow {
            tensors = List.copyOf(tensors);
            if (tensors.isEmpty()) {
                throw new IllegalArgumentException("tensors: none (expected: >= 1)");
            }
        }
    }
}
