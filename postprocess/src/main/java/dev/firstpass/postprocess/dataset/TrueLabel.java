package dev.firstpass.postprocess.dataset;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.Optional;
import java.util.OptionalDouble;

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
/// @param area in pixels, as the data set says it, by which evaluation takes a label for small or large; empty where it says
///     none, and the shape's own counts
public record TrueLabel(Annotation annotation, Optional<Rect> box, boolean isCrowd, OptionalDouble area) {
    /// A label whose area nobody says.
    public TrueLabel(Annotation annotation, Optional<Rect> box, boolean isCrowd) {
        this(annotation, box, isCrowd, OptionalDouble.empty());
    }

    /// A label that is a thing by itself, with the bounds of its geometry.
    public static TrueLabel of(Annotation annotation) {
        return new TrueLabel(annotation, annotation.bounds(), false);
    }

    public String label() {
        return annotation.candidate().label();
    }
}
