/// ONNX model files: what a file says of itself, read without loading its weights.
@NullMarked
package dev.firstpass.registry.onnx;

import org.jspecify.annotations.NullMarked;
