package dev.firstpass.server.runtime.engine;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// One input or output of a batch: packed elements in off-heap memory that somebody else owns; strings as
/// `PackedStrings` has them.
///
/// Immutable; what is in the memory is not.
///
/// @param shape with the number of rows as first axis
public record BatchTensor(String name, ElementType type, Shape shape, MemorySegment data) {}
