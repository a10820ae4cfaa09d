package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.RowSource;
import java.util.List;

/// What a family made of one stage's outputs.
///
/// Immutable, all variants.
public sealed interface Interpretation {
    /// The asset is read; best scores first.
    record Done(List<Annotation> annotations) implements Interpretation {
        public Done {
            annotations = List.copyOf(annotations);
        }
    }

    /// Another stage must run first.
    ///
    /// @param rows what it shall look at, at least one
    /// @param findings what is known so far; comes back to the family as [FamilyInput#findings()]
    record Next(String stage, List<RowSource> rows, List<Annotation> findings) implements Interpretation {
        public Next {
            rows = List.copyOf(rows);
            findings = List.copyOf(findings);
            if (rows.isEmpty()) {
                throw new IllegalArgumentException("rows: none (expected: >= 1)");
            }
        }
    }
}
