package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// One input as a caller sent it: packed, row-major, little-endian; strings as
/// [dev.firstpass.postprocess.tensor.PackedStrings] has them. Nothing of it is checked against the model yet.
///
/// Immutable; what is in the memory is not.
///
/// @param data on the wire's own memory where that will do; read while the request is taken in and not afterwards
public record TensorInput(String name, ElementType type, Shape shape, MemorySegment data) {}
