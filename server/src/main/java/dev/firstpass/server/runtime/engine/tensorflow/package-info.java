/// TensorFlow SavedModels. The only package that touches TensorFlow's library.
@NullMarked
package dev.firstpass.server.runtime.engine.tensorflow;

import org.jspecify.annotations.NullMarked;
