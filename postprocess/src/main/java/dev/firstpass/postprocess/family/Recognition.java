package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.ModelSpec;
import java.util.Map;

/// What a family derived of a model, and where each value came from, so that a person can check it.
///
/// Immutable.
///
/// @param confidence how surely the file is of this family, 0..1; the highest wins when several families recognise it
/// @param spec with the parameters that the file tells; those at their default are left out
/// @param origins manifest key -> where its value came from, for instance `classes` -> `metadata names`;
///     of a parameter it is `parameters.NAME`
/// @param questions manifest key -> what could not be known and which line to add
public record Recognition(
        ModelSpec spec, double confidence, Map<String, String> origins, Map<String, String> questions) {
    public Recognition {
        origins = Map.copyOf(origins);
        questions = Map.copyOf(questions);
    }
}
