package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;

/// A label that an image is known to have.
///
/// Immutable.
///
/// @param isScored whether its score is to be compared; labels that people made have none
public record Reference(Annotation annotation, boolean isScored) {
    public String label() {
        return annotation.candidate().label();
    }
}
