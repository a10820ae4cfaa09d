package dev.firstpass.postprocess.annotation;

import java.util.Map;

/// What an annotation says apart from its geometry: which candidate of the model's output it came from, the label it
/// carries and how sure the model is.
///
/// The index is the candidate's position in the model's own output (before any threshold or suppression), so an id
/// made from it does not move when the threshold does.
///
/// Immutable.
///
/// @param index position in the model's output, >= 0
/// @param label class name, as the model knows it until a LabelingSpec maps it
/// @param score confidence in [0, 1]
/// @param attributes further findings by name, for instance `text`; usually empty
public record Candidate(int index, String label, double score, Map<String, String> attributes) {
    public Candidate {
        if (index < 0) {
            throw new IllegalArgumentException("index: " + index + " (expected: >= 0)");
        }
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("score: " + score + " (expected: 0..1)");
        }
        attributes = Map.copyOf(attributes);
    }

    public Candidate(int index, String label, double score) {
        this(index, label, score, Map.of());
    }

    public Candidate withLabel(String newLabel) {
        return new Candidate(index, newLabel, score, attributes);
    }
}
