package dev.firstpass.postprocess.spec;

/// Where the rows of a stage come from.
///
/// Immutable, all variants.
public sealed interface StageSource permits InputSpec, StageSource.Made {
    /// The family makes them, of what earlier stages put out and of the prompt. They run one by one, since nothing says that
    /// their tensors can be joined.
    record Made() implements StageSource {}
}
