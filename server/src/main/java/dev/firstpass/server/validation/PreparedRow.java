package dev.firstpass.server.validation;

import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;

/// One row as a stage takes it, to be run alone and in company.
///
/// Immutable; the bytes are not to be changed.
///
/// @param shape with a first axis of 1
record PreparedRow(Shape shape, ElementType type, ImageTransform transform, byte[] bytes) {}
