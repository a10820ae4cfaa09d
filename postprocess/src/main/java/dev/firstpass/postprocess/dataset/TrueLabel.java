package dev.firstpass.postprocess.dataset;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.Optional;

/// A label that somebody gave an image.
///
/// Immutable.
///
/// @param annotation its score is what the data set says, 1 where it says none: people are sure, and where labels were a
///     model's, converting them keeps its scores. Evaluation has no use for it
/// @param box as the data set has it, which need not be the exact bounds of the outline; empty for a label of the image
///     as a whole
/// @param isCrowd whether it surrounds many things of its class that were not told apart: findings there are neither
///     right nor wrong
public record TrueLabel(Annotation annotation, Optional<Rect> box, boolean isCrowd) {
    /// A label that is a thing by itself, with the bounds of its geometry.
    public static TrueLabel of(Annotation annotation) {
        return new TrueLabel(annotation, annotation.bounds(), false);
    }

    public String label() {
        return annotation.candidate().label();
    }
}
