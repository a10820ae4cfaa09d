/// Views of what a model takes and gives: element types, shapes, named tensors over foreign memory.
@NullMarked
package dev.firstpass.postprocess.tensor;

import org.jspecify.annotations.NullMarked;
