/// Reading what a TensorFlow SavedModel declares.
@NullMarked
package dev.firstpass.registry.savedmodel;

import org.jspecify.annotations.NullMarked;
