package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.StageRows;
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
    /// @param rows what it shall look at
    /// @param findings what is known so far; comes back to the family as [FamilyInput#findings()]
    record Next(String stage, StageRows rows, List<Annotation> findings) implements Interpretation {
        public Next {
            findings = List.copyOf(findings);
        }

        /// The same of parts of the asset, at least one.
        public Next(String stage, List<RowSource> parts, List<Annotation> findings) {
            this(stage, new StageRows.Parts(parts), findings);
        }
    }
}
