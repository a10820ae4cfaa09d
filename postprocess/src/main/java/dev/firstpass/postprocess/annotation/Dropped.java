package dev.firstpass.postprocess.annotation;

/// How many findings were left out of an answer for one reason: nothing is dropped silently.
///
/// Immutable.
public record Dropped(Reason reason, int count) {
    /// Why a finding is not in the answer.
    public enum Reason {
        BELOW_THRESHOLD,
        CLASS_NOT_WANTED,
        LABEL_UNMAPPED,
        OVER_LIMIT,
        GEOMETRY_NOT_EXPRESSIBLE,
        TOO_SMALL
    }
}
