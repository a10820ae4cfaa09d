/// Import of models that were published in another format: TensorFlow.js graph-model folders become ONNX files.
@NullMarked
package dev.firstpass.registry.importer;

import org.jspecify.annotations.NullMarked;
