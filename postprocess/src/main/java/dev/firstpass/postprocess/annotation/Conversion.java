package dev.firstpass.postprocess.annotation;

/// What became of an annotation that was asked for in another geometry.
///
/// Immutable, all variants.
public sealed interface Conversion {
    /// It has that geometry already.
    record Unchanged(Annotation annotation) implements Conversion {}

    /// It was turned into that geometry; the candidate is the same.
    ///
    /// @param rule what was done, for reports: `mask-to-polygon`
    record Converted(Annotation annotation, String rule) implements Conversion {}

    /// There is no such rule, or this geometry has nothing that the rule could keep.
    ///
    /// @param reason for reports: `polyline-to-mask: no rule`
    record Unsupported(String reason) implements Conversion {}
}
