package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Rect;
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

    /// Another stage must run first, once for each crop of the asset.
    ///
    /// @param crops areas in asset pixels, at least one
    record Next(String stage, List<Rect> crops) implements Interpretation {
        public Next {
            crops = List.copyOf(crops);
            if (crops.isEmpty()) {
                throw new IllegalArgumentException("crops: none (expected: >= 1)");
            }
        }
    }
}
