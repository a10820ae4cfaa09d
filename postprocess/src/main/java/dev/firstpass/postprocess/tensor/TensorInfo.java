package dev.firstpass.postprocess.tensor;

/// What a model declares of one input or output.
///
/// Immutable.
public record TensorInfo(String name, ElementType type, Shape shape) {}
